import { join } from 'node:path';
import {
  type QueueDefinition,
  type StorageSettings,
  standardColumns,
  standardOrder,
  standardStates,
  storageNeeds,
} from 'pg-switchyard';
import { uploadPlace } from '../lib/places.ts';
import type { InvoiceSettings } from './settings.ts';

const dayMs = 24 * 60 * 60 * 1000;

type QueueSettings = Pick<
  InvoiceSettings,
  | 'claimBatch'
  | 'maxInFlight'
  | 'fairShares'
  | 'gatewayMaxWaitMs'
  | 'lostWorkflow'
  | 'taskQueue'
  | 'uploadRoot'
  | 'resultRoot'
> &
  StorageSettings;

export const invoicesTable = 'public.jobs';

/** PDF invoices → XML through the gateway. */
export function invoicesQueue(settings: QueueSettings): QueueDefinition {
  const ofStorage = storageNeeds(settings);
  return {
    name: 'invoices',
    table: invoicesTable,
    columns: {
      ...standardColumns,
      startedBy: 'leased_by',
      deadline: 'lease_expires_at',
      label: 'original_name',
    },
    resultColumns: ['result_path', 'result_bytes', 'result_sha256', 'result_report'],
    states: standardStates,
    order: standardOrder,
    claimIndex: 'jobs_claim_idx',
    key: { column: 'customer', claimIndex: 'jobs_claim_by_key_idx' },
    idType: 'uuid',
    batch: settings.claimBatch,
    maxInFlight: settings.maxInFlight,
    fair: settings.fairShares === 'on',
    needs: ['gateway', ...ofStorage.needs],
    maxWaitMs: Math.max(settings.gatewayMaxWaitMs, ofStorage.maxWaitMs),
    workflowType: 'convertInvoice',
    taskQueue: settings.taskQueue,
    deadlineMs: dayMs + settings.gatewayMaxWaitMs + ofStorage.maxWaitMs,
    files: {
      own: [
        { ...uploadPlace(settings), ending: '.pdf' },
        { folder: join(settings.resultRoot, 'results'), prefix: 'results/', ending: '.xml' },
      ],
      named: [{ folder: settings.uploadRoot, table: invoicesTable, column: 'upload_path' }],
    },
    lostWorkflow: settings.lostWorkflow,
  };
}
