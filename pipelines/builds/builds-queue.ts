import {
  type QueueDefinition,
  type StorageSettings,
  standardColumns,
  standardOrder,
  storageNeeds,
  workTaskQueue,
} from 'pg-switchyard';
import { buildPlace } from './places.ts';
import type { BuildSettings } from './settings.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** The doorbell is faster; this is for a ring that was lost. */
export const taskPollMs = 2_000;

/** Of the folders that tries of a build work in, below the build's own. */
export const buildTriesPrefix = 'try-';

/** The words of both tables for the states. */
export const taskStates: QueueDefinition['states'] = {
  waiting: 'pending',
  inFlight: 'ongoing',
  complete: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
};

/** What both tables call otherwise: a task that failed is completed too. */
export const taskColumns = { ...standardColumns, failedAt: 'completed_at', errorMessage: 'error' } as const;

export type QueueSettings = Pick<
  BuildSettings,
  'claimBatch' | 'maxInFlight' | 'taskQueue' | 'lostWorkflow' | 'buildConcurrency' | 'buildRoot'
> &
  StorageSettings;

/** A branch of a repository → an artifact. */
export function buildsQueue(settings: QueueSettings): QueueDefinition {
  const ofStorage = storageNeeds(settings);
  return {
    name: 'builds',
    table: 'public.builds',
    columns: { ...taskColumns, label: 'label' },
    progressColumns: ['commit_hash'],
    resultColumns: ['artifact_path', 'artifact_bytes', 'artifact_sha256'],
    states: taskStates,
    order: standardOrder,
    claimIndex: 'builds_claim_idx',
    idType: 'bigint',
    batch: settings.claimBatch,
    pollIntervalMs: taskPollMs,
    maxInFlight: settings.maxInFlight,
    fair: false,
    ...ofStorage,
    workflowType: 'buildRepository',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'builds'),
    workerSlots: settings.buildConcurrency,
    startedAtWork: true,
    deadlineMs: 3 * dayMs + ofStorage.maxWaitMs,
    files: {
      own: [
        { folder: settings.buildRoot, ending: '', triesPrefix: buildTriesPrefix },
        // Where it is not the same.
        ...(settings.storage === 's3' ? [{ ...buildPlace(settings), ending: '' }] : []),
      ],
      named: [],
    },
    keeps: { namedIn: { table: 'public.deployments', column: 'build_id' } },
    lostWorkflow: settings.lostWorkflow,
  };
}
