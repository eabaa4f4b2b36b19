import type { ApiPlugin } from 'pg-switchyard/api';
import { runRoutes } from './agent-runs.ts';
import { pageRoutes } from './pages.ts';
import { sessionRoutes } from './sessions.ts';

/** Agent runs: their logs, artifacts and answers, and a page of each. */
export const agentRunRoutes = ({ resultRoot }: { resultRoot: string }): ApiPlugin => ({
  routes: pageRoutes,
  jsonRoutes(app, { pool }) {
    runRoutes(app, { pool, resultRoot });
    sessionRoutes(app, { pool });
  },
});
