import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition } from './definition.ts';
import { standardColumns, standardOrder, standardStates, workTaskQueue } from './standard.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Signed webhooks for jobs that ended, written by `switchyard.publish_end` in the transaction of the end. */
export function webhooksQueue(settings: Pick<Settings, 'claimBatch' | 'taskQueue'>): QueueDefinition {
  return {
    name: 'webhooks',
    table: 'switchyard.webhook_deliveries',
    columns: { ...standardColumns, label: 'label' },
    resultColumns: ['response_status'],
    states: standardStates,
    order: standardOrder,
    claimIndex: 'webhook_deliveries_claim_idx',
    // A receiver that is away has its messages in flight until their last try, hours later: it leaves room for the others.
    key: { column: 'subscription', claimIndex: 'webhook_deliveries_claim_by_key_idx', maxInFlight: 1_000 },
    idType: 'uuid',
    batch: settings.claimBatch,
    // Most of them wait for their next try, which costs next to nothing: the limit is there for a flood.
    maxInFlight: 10_000,
    fair: true,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'deliverWebhook',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'system'),
    always: true,
    deadlineMs: 3 * dayMs,
    lostWorkflow: 'fail',
  };
}
