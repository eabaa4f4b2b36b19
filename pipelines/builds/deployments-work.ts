import type { CreateActivities, QueueWork } from 'pg-switchyard/worker';
import { onWorkerStart } from './builds-work.ts';
import { createDeploymentActivities } from './deploy-build.ts';
import type { BuildSettings } from './settings.ts';

const createActivities =
  (settings: BuildSettings): CreateActivities =>
  ({ pool, jobs, log }) =>
    createDeploymentActivities(
      { jobs, pool, log },
      {
        root: settings.deployRoot,
        buildRoot: settings.buildRoot,
        keep: settings.deployKeep,
        artifactBytes: settings.buildArtifactBytes,
      },
    );

export const deploymentWork = (settings: BuildSettings): QueueWork => ({
  createActivities: createActivities(settings),
  onWorkerStart,
});
