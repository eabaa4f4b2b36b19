import { createDeploymentActivities } from '../deployments.ts';
import type { CreateActivities } from './pipeline.ts';

export { onWorkerStart } from './builds.ts';

export const createActivities: CreateActivities = ({ settings, pool, jobs, log }) =>
  createDeploymentActivities(
    { jobs, pool, log },
    {
      root: settings.deployRoot,
      buildRoot: settings.buildRoot,
      keep: settings.deployKeep,
      artifactBytes: settings.buildArtifactBytes,
    },
  );
