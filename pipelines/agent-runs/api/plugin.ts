import type { ApiPlugin } from 'pg-switchyard/api';
import { runRoutes } from './agent-runs.ts';
import { sessionRoutes } from './sessions.ts';

/** Agent runs: their sessions, logs, artifacts and answers. */
export const agentRunRoutes = ({ resultRoot }: { resultRoot: string }): ApiPlugin => ({
  jsonRoutes(app, { pool }) {
    runRoutes(app, { pool, resultRoot });
    sessionRoutes(app, { pool });
  },
});
