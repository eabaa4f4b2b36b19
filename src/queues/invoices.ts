import type { QueueDefinition } from './definition.ts';

/** PDF invoices → XML through the gateway. */
export function invoicesQueue(options: {
  batch: number;
  maxInFlight: number;
  taskQueue: string;
}): QueueDefinition {
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
    idType: 'uuid',
    batch: options.batch,
    maxInFlight: options.maxInFlight,
    workflowType: 'convertInvoice',
    taskQueue: options.taskQueue,
    deadlineMs: 24 * 60 * 60 * 1000,
  };
}
