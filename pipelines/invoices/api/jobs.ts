import type { FastifyInstance, FastifyRequest } from 'fastify';
import { standardStates, subjectOf } from 'pg-switchyard';
import {
  badCursor,
  jobIdOf,
  type PluginDeps,
  Problem,
  pageOf,
  quoteInput,
  readLimit,
  readQuery,
} from 'pg-switchyard/api';
import { jobView } from './job-view.ts';
import { readCursor, writeCursor } from './list-cursor.ts';
import type { JobQueries, JobRow } from './queries.ts';

const states = Object.values(standardStates);

/** `GET /api/jobs` and `GET /api/jobs/:id`. */
export function jobRoutes(app: FastifyInstance, deps: PluginDeps, queries: JobQueries): void {
  app.get('/api/jobs', async (request) => {
    const query = readQuery(request, ['status', 'limit', 'cursor']);
    const statuses = query['status'] === undefined ? states : [readStatus(query['status'], states)];
    const limit = readLimit(query['limit']);
    const after = query['cursor'] === undefined ? undefined : readCursor(query['cursor']);
    // One more than asked for tells whether there is a next page.
    const rows = await queries
      .list(deps.pool, { statuses, after, limit: limit + 1 })
      .catch((error: unknown) => {
        // A forged cursor may name a day that does not exist, such as 31 February.
        throw subjectOf(error) === 'row' ? badCursor(query['cursor'] ?? '', error) : error;
      });
    const { page, nextCursor } = pageOf(rows, limit, writeCursor);
    return { jobs: page.map(jobView), nextCursor };
  });

  app.get('/api/jobs/:id', async (request) => jobView(await findJob(request, deps, queries)));
}

/** The job that the path names. */
export async function findJob(
  request: FastifyRequest,
  deps: PluginDeps,
  queries: JobQueries,
): Promise<JobRow> {
  const id = jobIdOf(request);
  const row = await queries.find(deps.pool, id);
  if (row === undefined) throw new Problem(404, 'NO_SUCH_JOB', `there is no job ${id}`);
  return row;
}

function readStatus(text: string, states: readonly string[]): string {
  if (states.includes(text)) return text;
  throw new Problem(400, 'BAD_STATUS', `status must be one of ${states.join(', ')}; got ${quoteInput(text)}`);
}
