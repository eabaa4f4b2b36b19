import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  changeAs,
  iso,
  jobIdOf,
  numberCursor,
  operateScope,
  type PluginDeps,
  Problem,
  pageOf,
  readBody,
  readLimit,
  readQuery,
  timeField,
} from 'pg-switchyard/api';
import { z } from 'zod';
import { invoicesTable } from '../queue.ts';
import { type EventRow, jobChanges } from './job-changes.ts';
import { jobView } from './job-view.ts';
import { findJob } from './jobs.ts';
import type { JobQueries, JobRow } from './queries.ts';

const patchBody = z.strictObject({
  priority: z.number().int().min(-100).max(100).optional(),
  runAt: timeField.nullable().optional(),
});
const noBody = z.strictObject({});

/** What can be done about a job in each state, as a sentence goes on. */
const wayOut: Record<string, string> = {
  queued: 'it can be canceled, or its priority and runAt changed',
  processing: 'it can be canceled',
  complete: "it can be run again by SQL alone: UPDATE jobs SET status = 'queued'",
  failed: 'it can be retried',
  canceled: 'it can be retried',
};

/** `POST /api/jobs/:id/cancel`, `…/retry`, `PATCH /api/jobs/:id`, `GET /api/jobs/:id/events`. */
export function jobControlRoutes(app: FastifyInstance, deps: PluginDeps, queries: JobQueries): void {
  const changes = jobChanges({ name: 'invoices', table: invoicesTable });
  const wrongState = async (request: FastifyRequest, what: string): Promise<Problem> => {
    const row = await findJob(request, deps, queries);
    return new Problem(
      409,
      'WRONG_STATE',
      `${what}, and this one is ${row.status}; ${wayOut[row.status] ?? ''}`,
      {
        more: { jobStatus: row.status },
      },
    );
  };

  app.post('/api/jobs/:id/cancel', operateScope, async (request, reply) => {
    readBody(request, noBody);
    const id = jobIdOf(request);
    const row = await changeAs(request, deps.pool, (tx) => changes.cancel(tx, id));
    if (row !== undefined) return reply.code(isRunning(row) ? 202 : 200).send(jobView(row));
    const ended = await findJob(request, deps, queries);
    if (ended.status === 'canceled') return jobView(ended);
    throw await wrongState(request, 'only a job that waits or runs can be canceled');
  });

  app.post('/api/jobs/:id/retry', operateScope, async (request, reply) => {
    readBody(request, noBody);
    const id = jobIdOf(request);
    const row = await changeAs(request, deps.pool, (tx) => changes.retry(tx, id));
    if (row !== undefined) return reply.code(202).send(jobView(row));
    throw await wrongState(request, 'only a failed or canceled job can be retried');
  });

  app.patch('/api/jobs/:id', operateScope, async (request) => {
    const { priority, runAt } = readBody(request, patchBody);
    const id = jobIdOf(request);
    const row = await changeAs(request, deps.pool, (tx) => changes.patch(tx, id, { priority, runAt }));
    if (row !== undefined) return jobView(row);
    throw await wrongState(request, 'only a job that waits can be changed');
  });

  app.get('/api/jobs/:id/events', async (request) => {
    const query = readQuery(request, ['limit', 'cursor']);
    const limit = readLimit(query['limit']);
    const { id } = await findJob(request, deps, queries);
    const after = numberCursor(query['cursor']) ?? '0';
    const rows = await changes.events(deps.pool, id, after, limit + 1);
    const { page, nextCursor } = pageOf(rows, limit, (event) => event.id);
    return { events: page.map(eventView), nextCursor };
  });
}

const isRunning = (row: JobRow) => row.status === 'processing';

const eventView = (event: EventRow) => ({
  at: iso(event.at),
  attempt: event.attempt,
  from: event.from_status,
  to: event.to_status,
  runId: event.run_id,
  actor: event.actor,
  code: event.code,
  detail: event.detail,
});
