import {
  type QueueDefinition,
  type StorageSettings,
  standardColumns,
  storageNeeds,
  workTaskQueue,
} from 'pg-switchyard';
import type { UploadSettings } from './settings.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** The stages of a document, in their order. A job may begin at any of them. */
export const uploadStages = ['queued', 'job_validated', 'parsing', 'parsed', 'complete'] as const;
export type UploadStage = (typeof uploadStages)[number];

type QueueSettings = Pick<
  UploadSettings,
  'claimBatch' | 'maxInFlight' | 'lostWorkflow' | 'taskQueue' | 'uploadsConcurrency' | 'uploadRoot'
> &
  StorageSettings;

/** Documents → their text, stored beside them. */
export function uploadsQueue(settings: QueueSettings): QueueDefinition {
  const ofStorage = storageNeeds(settings);
  return {
    name: 'uploads',
    table: 'upload_pipeline.upload_jobs',
    columns: {
      ...standardColumns,
      id: 'job_id',
      status: 'state',
      errorMessage: 'error',
      label: 'document_id',
    },
    resultColumns: ['stage'],
    progressColumns: ['stage'],
    states: {
      waiting: 'queued',
      inFlight: 'working',
      complete: 'done',
      failed: 'failed',
      canceled: 'canceled',
    },
    order: [
      { column: 'priority', direction: 'ASC' },
      { column: 'created_at', direction: 'ASC' },
      { column: 'job_id', direction: 'ASC' },
    ],
    claimIndex: 'upload_jobs_claim_idx',
    idType: 'uuid',
    batch: settings.claimBatch,
    maxInFlight: settings.maxInFlight,
    fair: false,
    ...ofStorage,
    workflowType: 'parseDocument',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'uploads'),
    workerSlots: settings.uploadsConcurrency,
    startedAtWork: true,
    deadlineMs: dayMs + ofStorage.maxWaitMs,
    // A document, and the text beside it, are their owner's also when the job is over.
    files: {
      own: [],
      named: [{ folder: settings.uploadRoot, table: 'upload_pipeline.documents', column: 'path' }],
    },
    lostWorkflow: settings.lostWorkflow,
  };
}
