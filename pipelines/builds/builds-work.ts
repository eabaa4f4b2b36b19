import { allowedEnvironment } from 'pg-switchyard';
import type { CreateActivities, OnWorkerStart, QueueWork } from 'pg-switchyard/worker';
import { noteWorker } from './audit.ts';
import { createBuildActivities } from './build-repository.ts';
import type { BuildSettings } from './settings.ts';

const createActivities =
  (settings: BuildSettings): CreateActivities =>
  ({ pool, jobs, log }) =>
    createBuildActivities(
      { jobs, pool, log },
      {
        root: settings.buildRoot,
        repositories: { addresses: settings.buildRepositories, localRoots: settings.buildLocalRoots },
        submodules: settings.buildSubmodules === 'on',
        command: settings.buildCommand,
        commandOfRow: settings.buildCommandOverride === 'on',
        output: settings.buildOutput,
        timeoutMs: settings.buildTimeoutMs,
        memoryMiB: settings.buildMemoryMiB,
        logBytes: settings.buildLogBytes,
        artifactBytes: settings.buildArtifactBytes,
        env: allowedEnvironment(settings.commandEnvironment),
      },
    );

export const onWorkerStart: OnWorkerStart = async ({ pool, queue }) => {
  await noteWorker(pool, 'WORKER_STARTED', queue.name);
  return () => noteWorker(pool, 'WORKER_STOPPED', queue.name);
};

export const buildWork = (settings: BuildSettings): QueueWork => ({
  createActivities: createActivities(settings),
  onWorkerStart,
});
