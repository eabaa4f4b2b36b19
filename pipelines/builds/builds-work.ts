import { allowedEnvironment, createStorage } from 'pg-switchyard';
import {
  type CreateActivities,
  createStorageSystem,
  type OnWorkerStart,
  type QueueWork,
} from 'pg-switchyard/worker';
import { confineBy } from '../lib/sandbox/policy.ts';
import { sandboxOf } from '../lib/sandbox/sandbox-of.ts';
import { noteWorker } from './audit.ts';
import { createBuildActivities } from './build-repository.ts';
import { buildPlace } from './places.ts';
import type { BuildSettings } from './settings.ts';

const createActivities =
  (settings: BuildSettings): CreateActivities =>
  async ({ pool, jobs, log, queue, client }) => {
    const sandbox = await sandboxOf(settings, { queue, client, log });
    const storage = createStorage(settings);
    const artifacts = storage.at(buildPlace(settings));
    return createBuildActivities(
      { jobs, pool, log },
      {
        root: settings.buildRoot,
        artifacts,
        ...(settings.storage === 's3' && { logs: artifacts }),
        storageSystem: createStorageSystem({ settings, storage, pool, log }),
        repositories: { addresses: settings.buildRepositories, localRoots: settings.buildLocalRoots },
        submodules: settings.buildSubmodules === 'on',
        command: settings.buildCommand,
        commandOfRow: settings.buildCommandOverride === 'on',
        output: settings.buildOutput,
        timeoutMs: settings.buildTimeoutMs,
        memoryMiB: settings.buildMemoryMiB,
        mostProcesses: settings.commandProcesses,
        confine: confineBy(sandbox),
        egress: settings.buildEgress,
        logBytes: settings.buildLogBytes,
        artifactBytes: settings.buildArtifactBytes,
        env: allowedEnvironment(settings.commandEnvironment),
      },
    );
  };

export const onWorkerStart: OnWorkerStart = async ({ pool, queue }) => {
  await noteWorker(pool, 'WORKER_STARTED', queue.name);
  return () => noteWorker(pool, 'WORKER_STOPPED', queue.name);
};

export const buildWork = (settings: BuildSettings): QueueWork => ({
  createActivities: createActivities(settings),
  onWorkerStart,
});
