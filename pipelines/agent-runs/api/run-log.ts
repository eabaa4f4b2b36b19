import type { FastifyInstance } from 'fastify';
import { type PluginDeps, Problem } from 'pg-switchyard/api';
import { growingLogRoute } from '../../lib/growing-log.ts';
import { openArtifact } from './agent-run-artifacts.ts';
import { type FindRun, isAtWork } from './agent-run-view.ts';

export interface RunDeps extends PluginDeps {
  resultRoot: string;
}

/** `GET /api/agent-runs/:id/log`: what the latest attempt says, as it says it, until it has ended or asks something. */
export function runLogRoute(app: FastifyInstance, deps: RunDeps, find: FindRun): void {
  growingLogRoute(app, '/api/agent-runs/:id/log', async (request) => {
    const row = await find(request);
    const file = await openArtifact(deps.resultRoot, row, 'log.txt');
    if (file === undefined)
      throw new Problem(
        404,
        'NO_LOG',
        `run ${row.id} has no log; it is ${row.status}, attempt ${row.attempt}`,
      );
    const goesOn = async () => {
      const now = await find(request);
      return now.attempt === row.attempt && isAtWork(now);
    };
    return { file, goesOn };
  });
}
