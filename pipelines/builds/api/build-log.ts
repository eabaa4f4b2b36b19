import { type FileHandle, open } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { type FileStore, realPathInside, systemErrorCode } from 'pg-switchyard';
import { type PluginDeps, Problem } from 'pg-switchyard/api';
import { growingLogRoute } from '../../lib/growing-log.ts';
import { found, idOf } from './tasks.ts';

interface BuildState {
  status: string;
  attempt: number;
}

interface LogDeps extends PluginDeps {
  /** Where logs grow. */
  buildRoot: string;
  /** Where those of tries that are over are kept. */
  logs: FileStore;
}

/** `GET /api/builds/:id/log`: what all tries of a build said, and what is said until the try has ended. */
export function buildLogRoute(app: FastifyInstance, deps: LogDeps): void {
  const stateOf = async (id: string): Promise<BuildState> => {
    const { rows } = await deps.pool.query<BuildState>(
      'SELECT status::text AS status, attempt FROM public.builds WHERE id = $1',
      [id],
    );
    return found(rows[0], 'build', id);
  };

  growingLogRoute(app, '/api/builds/:id/log', async (request) => {
    const id = idOf(request);
    const build = await stateOf(id);
    const file = await openLog(deps.buildRoot, id);
    if (file === undefined) {
      const whole = await deps.logs.open(`${id}/build.log`).catch(unlessMissing);
      if (whole !== undefined) return whole;
      throw new Problem(
        404,
        'NO_LOG',
        `build ${id} has no log here; it is ${build.status}, attempt ${build.attempt}`,
      );
    }
    const goesOn = async () => {
      const now = await stateOf(id);
      return now.status === 'ongoing' && now.attempt === build.attempt;
    };
    return { file, goesOn };
  });
}

/** `undefined`: it is not there. */
async function openLog(buildRoot: string, id: string): Promise<FileHandle | undefined> {
  try {
    const real = await realPathInside(buildRoot, `${id}/build.log`);
    return real === undefined ? undefined : await open(real, 'r');
  } catch (error) {
    return unlessMissing(error);
  }
}

function unlessMissing(error: unknown): undefined {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
  return undefined;
}
