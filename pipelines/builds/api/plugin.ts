import { createStorage, type StorageSettings } from 'pg-switchyard';
import type { ApiPlugin } from 'pg-switchyard/api';
import { buildPlace } from '../places.ts';
import { buildLogRoute } from './build-log.ts';
import { environmentRoutes } from './environments.ts';
import { taskRoutes } from './tasks.ts';

/** Builds and deployments: how they are made, the log of a build, and what is live where. */
export const buildRoutes = (settings: { buildRoot: string } & StorageSettings): ApiPlugin => ({
  jsonRoutes(app, { pool }) {
    const logs = createStorage(settings).at(buildPlace(settings));
    taskRoutes(app, { pool });
    buildLogRoute(app, { pool, buildRoot: settings.buildRoot, logs });
    environmentRoutes(app, { pool });
  },
});
