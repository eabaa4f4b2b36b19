import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition } from './definition.ts';
import { standardColumns, standardOrder, standardStates, workTaskQueue } from './standard.ts';

/** A redrive may take weeks: it waits while it is paused, or its queue is. */
const deadlineMs = 30 * 24 * 60 * 60 * 1000;
/** Each holds a place for an activity on a worker for as long as it runs. */
const maxInFlight = 4;

/** Ended jobs of another queue → set back to `queued`, so many a second. */
export function redrivesQueue(settings: Pick<Settings, 'claimBatch' | 'taskQueue'>): QueueDefinition {
  return {
    name: 'redrives',
    table: 'switchyard.redrives',
    columns: { ...standardColumns, label: 'reason' },
    resultColumns: [],
    states: standardStates,
    order: standardOrder,
    claimIndex: 'redrives_claim_idx',
    idType: 'bigint',
    batch: settings.claimBatch,
    maxInFlight,
    fair: false,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'redriveJobs',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'system'),
    always: true,
    deadlineMs,
    lostWorkflow: 'fail',
  };
}
