import { type QueueDefinition, standardOrder, storageNeeds, workTaskQueue } from 'pg-switchyard';
import { buildsQueue, taskColumns, taskPollMs, taskStates } from './builds-queue.ts';
import type { BuildSettings } from './settings.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** The artifact of a build → what is live in an environment, which takes one deployment at a time. */
export function deploymentsQueue(settings: BuildSettings): QueueDefinition {
  const ofStorage = storageNeeds(settings);
  return {
    name: 'deployments',
    table: 'public.deployments',
    columns: { ...taskColumns, label: 'environment' },
    resultColumns: ['release_path'],
    states: taskStates,
    order: standardOrder,
    claimIndex: 'deployments_claim_idx',
    key: { column: 'environment', claimIndex: 'deployments_claim_by_key_idx', maxInFlight: 1 },
    idType: 'bigint',
    batch: settings.claimBatch,
    pollIntervalMs: taskPollMs,
    maxInFlight: settings.maxInFlight,
    fair: false,
    ...ofStorage,
    after: buildsQueue(settings),
    workflowType: 'deployBuild',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'deployments'),
    startedAtWork: true,
    deadlineMs: 3 * dayMs + ofStorage.maxWaitMs,
    // What is live, and what may be rolled back to: its release is on disk, and its build and artifact stay with it.
    keeps: { newest: { per: 'environment', of: 'release_path', count: settings.deployKeep } },
    lostWorkflow: settings.lostWorkflow,
  };
}
