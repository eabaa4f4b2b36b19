import type { Settings } from '../platform/config.ts';
import type { QueueDefinition } from './definition.ts';

const dayMs = 24 * 60 * 60 * 1000;

type InvoiceSettings = Pick<
  Settings,
  'claimBatch' | 'maxInFlight' | 'fairShares' | 'gatewayMaxWaitMs' | 'lostWorkflow' | 'taskQueue'
>;

/** PDF invoices → XML through the gateway. */
export function invoicesQueue(settings: InvoiceSettings): QueueDefinition {
  return {
    name: 'invoices',
    table: 'public.jobs',
    columns: {
      id: 'id',
      status: 'status',
      runId: 'run_id',
      attempt: 'attempt',
      startedBy: 'leased_by',
      deadline: 'lease_expires_at',
      startedAt: 'started_at',
      priority: 'priority',
      label: 'original_name',
      requestId: 'request_id',
      completedAt: 'completed_at',
      failedAt: 'failed_at',
      errorCode: 'error_code',
      errorMessage: 'error_message',
      runAt: 'run_at',
      cancelRequestedAt: 'cancel_requested_at',
      canceledAt: 'canceled_at',
    },
    resultColumns: ['result_path', 'result_bytes', 'result_sha256'],
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
    claimIndex: 'jobs_claim_idx',
    key: { column: 'customer', claimIndex: 'jobs_claim_by_key_idx' },
    idType: 'uuid',
    batch: settings.claimBatch,
    maxInFlight: settings.maxInFlight,
    fair: settings.fairShares === 'on',
    needs: ['gateway'],
    maxWaitMs: settings.gatewayMaxWaitMs,
    workflowType: 'convertInvoice',
    taskQueue: settings.taskQueue,
    deadlineMs: dayMs + settings.gatewayMaxWaitMs,
    lostWorkflow: settings.lostWorkflow,
  };
}
