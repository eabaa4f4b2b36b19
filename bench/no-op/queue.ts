import {
  type QueueDefinition,
  type Settings,
  standardColumns,
  standardOrder,
  standardStates,
} from 'pg-switchyard';

/** Jobs that do nothing: what is left is the machinery. */
export function noOpQueue(settings: Pick<Settings, 'claimBatch' | 'taskQueue'>): QueueDefinition {
  return {
    name: 'no-op',
    table: 'public.no_op_jobs',
    columns: { ...standardColumns, label: 'label' },
    resultColumns: ['activity_at'],
    states: standardStates,
    order: standardOrder,
    claimIndex: 'no_op_jobs_claim_idx',
    key: { column: 'customer', claimIndex: 'no_op_jobs_claim_by_key_idx' },
    idType: 'uuid',
    batch: settings.claimBatch,
    maxInFlight: 100,
    fair: true,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'noOpJob',
    taskQueue: settings.taskQueue,
    deadlineMs: 24 * 60 * 60 * 1000,
    lostWorkflow: 'fail',
  };
}

/** The rows of workflows that no starter starts, and that move them in three activities. */
export const threeActivitiesQueue = (
  settings: Pick<Settings, 'claimBatch' | 'taskQueue'>,
): QueueDefinition => ({
  ...noOpQueue(settings),
  name: 'three-activities',
  table: 'public.three_activities_jobs',
  claimIndex: 'three_activities_jobs_claim_idx',
  key: { column: 'customer', claimIndex: 'three_activities_jobs_claim_by_key_idx' },
  workflowType: 'threeActivities',
});
