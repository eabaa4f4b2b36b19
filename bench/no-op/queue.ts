import { invoicesQueue } from '../../pipelines/invoices/queue.ts';
import { loadSettings, type Settings } from '../../server/settings.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';

type QueueSettings = Pick<Settings, 'claimBatch' | 'maxInFlight' | 'taskQueue'>;

/** The invoice queue over another table and with no work: what is left is the machinery. */
export function noOpQueue(settings: QueueSettings): QueueDefinition {
  const invoices = invoicesQueue({ ...loadSettings({}), ...settings });
  return {
    ...invoices,
    name: 'no-op',
    table: 'public.no_op_jobs',
    claimIndex: 'no_op_jobs_claim_idx',
    key: { column: 'customer', claimIndex: 'no_op_jobs_claim_by_key_idx' },
    resultColumns: [...invoices.resultColumns, 'activity_at'],
    workflowType: 'noOpJob',
  };
}

/** The rows of workflows that no starter starts, and that move them in three activities. */
export function threeActivitiesQueue(settings: QueueSettings): QueueDefinition {
  return {
    ...noOpQueue(settings),
    name: 'three-activities',
    table: 'public.three_activities_jobs',
    claimIndex: 'three_activities_jobs_claim_idx',
    key: { column: 'customer', claimIndex: 'three_activities_jobs_claim_by_key_idx' },
    workflowType: 'threeActivities',
  };
}
