import { z } from 'zod';
import { readJob } from '../operations/job-detail.ts';
import { listedStates } from '../operations/job-filter.ts';
import { readEvents, readSignals } from '../operations/job-history.ts';
import { countJobs, listJobs } from '../operations/list-jobs.ts';
import { requireQueue } from '../operations/registered-queue.ts';
import { jobDetail, jobEvent, jobSummary, signalView } from '../operations/views.ts';
import { columnsOf, takeColumns } from './column-parameters.ts';
import { numberCursor } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { pageOf } from './query-parameters.ts';
import {
  cursorParameter,
  jobInPath,
  limitParameter,
  listParameter,
  nextCursor,
  queueInPath,
  type RouteApp,
  textParameter,
  timeParameter,
} from './route-app.ts';
import { detailOptions } from './why.ts';

const filterParameters = {
  status: listParameter(
    z.enum(listedStates),
    `States, with commas between them: ${listedStates.join(', ')}. \`queued\` are those that wait for their turn, \`delayed\` those that wait for a time`,
  ),
  code: listParameter(z.string().min(1).max(200), 'Error codes, with commas between them'),
  key: textParameter(200, 'The key: a customer, a tenant'),
  q: textParameter(200, 'A text in the id, label, key or error message, in small or capital letters'),
  createdAfter: timeParameter('Inserted at or after this time'),
  createdBefore: timeParameter('Inserted before this time'),
  endedAfter: timeParameter('Complete, failed or canceled at or after this time'),
  endedBefore: timeParameter('Complete, failed or canceled before this time'),
};

const listQuery = z.strictObject({
  ...filterParameters,
  order: z.enum(['newest', 'oldest']).default('newest'),
  limit: limitParameter,
  cursor: cursorParameter,
});
const partQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });

const jobPage = z.object({ jobs: z.array(jobSummary), nextCursor });
const jobCount = z.object({ count: z.number(), countedUpTo: z.number(), more: z.boolean() });

const byColumns =
  'Jobs can also be asked for by any column of their table: `column.NAME=value`; for a column of JSON by what it holds.';

/** What is read of the jobs of any queue. */
export function jobRoutes(app: RouteApp, deps: RouteDeps): void {
  const { pool } = deps;
  const tags = ['jobs'];

  app.get(
    '/api/queues/:queue/jobs',
    {
      preValidation: takeColumns,
      schema: {
        tags,
        summary: 'The jobs of a queue',
        description:
          'By the time of the insert; `queued` alone in the order in which they start, `delayed` by their time, `processing` and `parked` by their start, `failed` and `canceled` by their end. ' +
          `A page that looked at 20 000 rows ends before it is full: go on with its \`nextCursor\`. ${byColumns}`,
        params: queueInPath,
        querystring: listQuery,
        response: { 200: jobPage },
      },
    },
    async (request) => {
      const queue = await requireQueue(pool, request.params.queue);
      return listJobs(pool, queue, { ...request.query, columns: columnsOf(request) });
    },
  );

  app.get(
    '/api/queues/:queue/jobs/count',
    {
      preValidation: takeColumns,
      schema: {
        tags,
        summary: 'How many jobs of a queue match',
        description: `Counted up to \`countedUpTo\`; \`more\` says that there may be more. ${byColumns}`,
        params: queueInPath,
        querystring: z.strictObject(filterParameters),
        response: { 200: jobCount },
      },
    },
    async (request) => {
      const queue = await requireQueue(pool, request.params.queue);
      return countJobs(pool, queue, { ...request.query, columns: columnsOf(request) });
    },
  );

  app.get(
    '/api/queues/:queue/jobs/:id',
    { schema: { tags, summary: 'One job', params: jobInPath, response: { 200: jobDetail } } },
    async ({ params }) => readJob(pool, params.queue, params.id, detailOptions(deps)),
  );

  app.get(
    '/api/queues/:queue/jobs/:id/events',
    {
      schema: {
        tags,
        summary: 'What happened to a job, when and by whom, oldest first',
        params: jobInPath,
        querystring: partQuery,
        response: { 200: z.object({ events: z.array(jobEvent), nextCursor }) },
      },
    },
    async ({ params, query }) => {
      const after = numberCursor(query.cursor);
      const events = await readEvents(pool, params.queue, params.id, { after, limit: query.limit + 1 });
      const { page, nextCursor } = pageOf(events, query.limit, ({ id }) => id);
      return { events: page, nextCursor };
    },
  );

  app.get(
    '/api/queues/:queue/jobs/:id/signals',
    {
      schema: {
        tags,
        summary: 'What was sent to the workflow of a job, oldest first',
        params: jobInPath,
        querystring: partQuery,
        response: { 200: z.object({ signals: z.array(signalView), nextCursor }) },
      },
    },
    async ({ params, query }) => {
      const after = numberCursor(query.cursor);
      const signals = await readSignals(pool, params.queue, params.id, { after, limit: query.limit + 1 });
      const { page, nextCursor } = pageOf(signals, query.limit, ({ id }) => id);
      return { signals: page, nextCursor };
    },
  );
}
