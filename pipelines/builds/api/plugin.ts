import type { ApiPlugin } from 'pg-switchyard/api';
import { buildLogRoute } from './build-log.ts';
import { environmentRoutes } from './environments.ts';
import { taskRoutes } from './tasks.ts';

/** Builds and deployments: how they are made, the log of a build, and what is live where. */
export const buildRoutes = ({ buildRoot }: { buildRoot: string }): ApiPlugin => ({
  jsonRoutes(app, { pool }) {
    taskRoutes(app, { pool });
    buildLogRoute(app, { pool, buildRoot });
    environmentRoutes(app, { pool });
  },
});
