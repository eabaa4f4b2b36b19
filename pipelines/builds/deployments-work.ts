import { createStorage } from 'pg-switchyard';
import { type CreateActivities, createStorageSystem, type QueueWork } from 'pg-switchyard/worker';
import { onWorkerStart } from './builds-work.ts';
import { createDeploymentActivities } from './deploy-build.ts';
import { buildPlace } from './places.ts';
import type { BuildSettings } from './settings.ts';

const createActivities =
  (settings: BuildSettings): CreateActivities =>
  ({ pool, jobs, log }) => {
    const storage = createStorage(settings);
    return createDeploymentActivities(
      { jobs, pool, log },
      {
        root: settings.deployRoot,
        artifacts: storage.at(buildPlace(settings)),
        storageSystem: createStorageSystem({ settings, storage, pool, log }),
        keep: settings.deployKeep,
        artifactBytes: settings.buildArtifactBytes,
      },
    );
  };

export const deploymentWork = (settings: BuildSettings): QueueWork => ({
  createActivities: createActivities(settings),
  onWorkerStart,
});
