import { join } from 'node:path';
import type { Settings } from '../platform/config.ts';
import type { QueueDefinition } from './definition.ts';
import { standardColumns, standardOrder, standardStates } from './standard.ts';

const dayMs = 24 * 60 * 60 * 1000;

type InvoiceSettings = Pick<
  Settings,
  | 'claimBatch'
  | 'maxInFlight'
  | 'fairShares'
  | 'gatewayMaxWaitMs'
  | 'lostWorkflow'
  | 'taskQueue'
  | 'uploadRoot'
  | 'resultRoot'
>;

/** PDF invoices → XML through the gateway. */
export function invoicesQueue(settings: InvoiceSettings): QueueDefinition {
  return {
    name: 'invoices',
    table: 'public.jobs',
    columns: {
      ...standardColumns,
      startedBy: 'leased_by',
      deadline: 'lease_expires_at',
      label: 'original_name',
    },
    resultColumns: ['result_path', 'result_bytes', 'result_sha256'],
    states: standardStates,
    order: standardOrder,
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
    files: {
      own: [
        { folder: settings.uploadRoot, ending: '.pdf' },
        { folder: join(settings.resultRoot, 'results'), ending: '.xml' },
      ],
      named: [{ folder: settings.uploadRoot, table: 'public.jobs', column: 'upload_path' }],
    },
    lostWorkflow: settings.lostWorkflow,
  };
}
