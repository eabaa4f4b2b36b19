import { type QueueDefinition, standardColumns, standardOrder, workTaskQueue } from 'pg-switchyard';
import type { CaptureSessionSettings } from './settings.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Capture session → one version of its day's schedule. The table may be an older system's, with its words and its lease. */
export function captureSessionsQueue(settings: CaptureSessionSettings): QueueDefinition {
  const states = {
    waiting: settings.pendingState,
    inFlight: settings.processingState,
    complete: settings.doneState,
    failed: settings.failedState,
    canceled: settings.canceledState,
  };
  return {
    name: 'capture-sessions',
    table: `${settings.dbSchema}.capture_session`,
    columns: {
      ...standardColumns,
      status: 'state',
      startedBy: 'locked_by',
      label: 'id',
      errorMessage: 'error',
    },
    resultColumns: [],
    states,
    order: standardOrder,
    claimIndex: 'capture_session_claim_idx',
    idType: 'uuid',
    batch: settings.claimBatch,
    maxInFlight: settings.maxInFlight,
    fair: false,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'finalizeSession',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'capture-sessions'),
    deadlineMs: dayMs,
    adopts: { leaseColumn: 'locked_at', timeoutMs: settings.leaseTimeoutSeconds * 1000 },
    install: {
      statement: 'SELECT switchyard.install_capture_sessions($1, $2)',
      values: [settings.dbSchema, JSON.stringify(states)],
    },
    // As a row whose lease has run out goes again, so does one that has no open workflow.
    lostWorkflow: 'requeue',
  };
}
