import { z } from 'zod';
import { readActions } from '../operations/actions.ts';
import { readFailures } from '../operations/failures.ts';
import { findJobs } from '../operations/find-jobs.ts';
import { readInbox } from '../operations/inbox.ts';
import { readKeys } from '../operations/keys.ts';
import type { Definitions } from '../operations/queue-view.ts';
import { readSystems } from '../operations/systems.ts';
import { auditEntry, failureGroup, inboxItem, jobSummary, keyView, systemView } from '../operations/views.ts';
import { numberCursor, textCursor } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { pageOf } from './query-parameters.ts';
import {
  cursorParameter,
  limitParameter,
  nextCursor,
  queueInPath,
  type RouteApp,
  textParameter,
} from './route-app.ts';

/** What is read over many jobs: failures by cause, keys, questions, systems, who did what. */
export function overviewRoutes(
  app: RouteApp,
  { pool }: Pick<RouteDeps, 'pool'>,
  definitions: Definitions,
): void {
  app.get(
    '/api/find',
    {
      schema: {
        tags: ['jobs'],
        summary: 'The jobs of all queues that have this id, or whose workflow has it',
        querystring: z.strictObject({
          id: z.string().min(1).max(1_000).meta({ description: 'A job id, or QUEUE:ID' }),
        }),
        response: { 200: z.object({ jobs: z.array(jobSummary) }) },
      },
    },
    async ({ query }) => ({ jobs: await findJobs(pool, query.id) }),
  );

  app.get(
    '/api/queues/:queue/failures',
    {
      schema: {
        tags: ['queues'],
        summary: 'The jobs that failed last, by what failed them',
        description:
          'By code, and message without ids, times and numbers. Up to 100 groups of the last 10 000 failed jobs; `more`: there are older ones.',
        params: queueInPath,
        response: {
          200: z.object({ groups: z.array(failureGroup), lookedAt: z.number(), more: z.boolean() }),
        },
      },
    },
    async ({ params }) => readFailures(pool, params.queue),
  );

  app.get(
    '/api/queues/:queue/keys',
    {
      schema: {
        tags: ['queues'],
        summary: 'The keys of a queue that have jobs waiting or in flight, a limit or a pause',
        description: 'Jobs of one key and priority are counted up to 1 000.',
        params: queueInPath,
        querystring: z.strictObject({ limit: limitParameter, cursor: cursorParameter }),
        response: { 200: z.object({ keys: z.array(keyView), nextCursor }) },
      },
    },
    async ({ params, query }) => {
      const after = textCursor(query.cursor);
      const keys = await readKeys(pool, params.queue, { after, limit: query.limit + 1 });
      const { page, nextCursor } = pageOf(keys, query.limit, ({ key }) => key);
      return { keys: page, nextCursor };
    },
  );

  app.get(
    '/api/inbox',
    {
      schema: {
        tags: ['jobs'],
        summary: 'What parked jobs ask, by the time until which an answer is taken',
        response: { 200: z.object({ items: z.array(inboxItem) }) },
      },
    },
    async () => ({ items: await readInbox(pool) }),
  );

  app.get(
    '/api/systems',
    {
      schema: {
        tags: ['pauses'],
        summary: 'The outside systems that jobs need, with their breakers',
        response: { 200: z.object({ systems: z.array(systemView) }) },
      },
    },
    async () => ({ systems: await readSystems(pool, definitions) }),
  );

  app.get(
    '/api/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'What people and tokens did, newest first',
        querystring: z.strictObject({
          queue: textParameter(200, 'Of this queue'),
          actor: textParameter(200, 'By this actor, as entries name him'),
          limit: limitParameter,
          cursor: cursorParameter,
        }),
        response: { 200: z.object({ entries: z.array(auditEntry), nextCursor }) },
      },
    },
    async ({ query }) => {
      const { queue, actor, limit } = query;
      const before = numberCursor(query.cursor);
      const found = await readActions(pool, { queue, actor, before, limit: limit + 1 });
      const { page, nextCursor } = pageOf(found, limit, ({ id }) => id);
      return { entries: page.map(({ id: _, ...entry }) => entry), nextCursor };
    },
  );
}
