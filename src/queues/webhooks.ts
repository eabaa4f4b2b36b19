import type { Settings } from '../platform/config.ts';
import type { QueueDefinition } from './definition.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Signed webhooks for jobs that ended, written by `switchyard.publish_end` in the transaction of the end. */
export function webhooksQueue(settings: Pick<Settings, 'claimBatch' | 'taskQueue'>): QueueDefinition {
  return {
    name: 'webhooks',
    table: 'switchyard.webhook_deliveries',
    columns: {
      id: 'id',
      status: 'status',
      runId: 'run_id',
      attempt: 'attempt',
      startedBy: 'started_by',
      deadline: 'deadline',
      startedAt: 'started_at',
      priority: 'priority',
      label: 'label',
      requestId: 'request_id',
      completedAt: 'completed_at',
      failedAt: 'failed_at',
      errorCode: 'error_code',
      errorMessage: 'error_message',
      runAt: 'run_at',
      cancelRequestedAt: 'cancel_requested_at',
      canceledAt: 'canceled_at',
    },
    resultColumns: ['response_status'],
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
    claimIndex: 'webhook_deliveries_claim_idx',
    key: { column: 'subscription', claimIndex: 'webhook_deliveries_claim_by_key_idx' },
    idType: 'uuid',
    batch: settings.claimBatch,
    // Most of them wait for their next try, which costs next to nothing: the limit is there for a flood.
    maxInFlight: 1_000,
    fair: true,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'deliverWebhook',
    taskQueue: settings.taskQueue,
    deadlineMs: 3 * dayMs,
    lostWorkflow: 'fail',
  };
}
