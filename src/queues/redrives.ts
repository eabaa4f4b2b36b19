import type { Settings } from '../platform/config.ts';
import type { QueueDefinition } from './definition.ts';

/** A redrive may take weeks: it waits while it is paused, or its queue is. */
const deadlineMs = 30 * 24 * 60 * 60 * 1000;
/** Each holds a place for an activity on a worker for as long as it runs. */
const maxInFlight = 4;

/** Ended jobs of another queue → set back to `queued`, so many a second. */
export function redrivesQueue(settings: Pick<Settings, 'claimBatch' | 'taskQueue'>): QueueDefinition {
  return {
    name: 'redrives',
    table: 'switchyard.redrives',
    columns: {
      id: 'id',
      status: 'status',
      runId: 'run_id',
      attempt: 'attempt',
      startedBy: 'started_by',
      deadline: 'deadline',
      startedAt: 'started_at',
      priority: 'priority',
      label: 'reason',
      requestId: 'request_id',
      completedAt: 'completed_at',
      failedAt: 'failed_at',
      errorCode: 'error_code',
      errorMessage: 'error_message',
      runAt: 'run_at',
      cancelRequestedAt: 'cancel_requested_at',
      canceledAt: 'canceled_at',
    },
    resultColumns: [],
    states: {
      waiting: 'queued',
      inFlight: 'processing',
      complete: 'complete',
      failed: 'failed',
      canceled: 'canceled',
    },
    order: [
      { column: 'priority', direction: 'ASC' },
      { column: 'created_at', direction: 'ASC' },
      { column: 'id', direction: 'ASC' },
    ],
    claimIndex: 'redrives_claim_idx',
    idType: 'bigint',
    batch: settings.claimBatch,
    maxInFlight,
    fair: false,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'redriveJobs',
    taskQueue: settings.taskQueue,
    deadlineMs,
    lostWorkflow: 'fail',
  };
}
