import { type QueueDefinition, standardColumns, standardOrder, workTaskQueue } from 'pg-switchyard';
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
>;

/** A branch of a repository → an artifact. */
export function buildsQueue(settings: QueueSettings): QueueDefinition {
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
    needs: [],
    maxWaitMs: 0,
    workflowType: 'buildRepository',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'builds'),
    workerSlots: settings.buildConcurrency,
    startedAtWork: true,
    deadlineMs: 3 * dayMs,
    files: { own: [{ folder: settings.buildRoot, ending: '', triesPrefix: buildTriesPrefix }], named: [] },
    keeps: { namedIn: { table: 'public.deployments', column: 'build_id' } },
    lostWorkflow: settings.lostWorkflow,
  };
}
