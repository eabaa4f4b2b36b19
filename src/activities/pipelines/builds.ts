import { allowedEnvironment } from '../../platform/config.ts';
import { noteWorker } from '../audit.ts';
import { createBuildActivities } from '../builds.ts';
import type { CreateActivities, OnWorkerStart } from './pipeline.ts';

export const createActivities: CreateActivities = ({ settings, pool, jobs, log }) =>
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
