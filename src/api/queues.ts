import { z } from 'zod';
import { jobTable } from '../operations/job-table.ts';
import { type Definitions, limitsOf, readQueueView, readQueueViews } from '../operations/queue-view.ts';
import { Refusal } from '../operations/refusal.ts';
import { type RegisteredQueue, requireQueue } from '../operations/registered-queue.ts';
import { limits, queueView } from '../operations/views.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { changeAs } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { setLimits } from './queue-queries.ts';
import { queueInPath, type RouteApp } from './route-app.ts';

const wholeLimit = z.number().int().min(0).max(2_147_483_647).nullable().default(null);
const limitsBody = z.strictObject({
  inFlight: wholeLimit,
  inFlightPerKey: wholeLimit,
  startsPerSecond: z.number().positive().max(1_000_000).nullable().default(null),
  fair: z.boolean().nullable().default(null),
});

/** `GET /api/queues`, `GET /api/queues/:queue` and `PUT /api/queues/:queue/limits`. */
export function queueRoutes(app: RouteApp, { pool, queues }: RouteDeps): void {
  const tags = ['queues'];
  const definitions = definitionsOf(queues.own);

  app.get(
    '/api/queues',
    {
      schema: {
        tags,
        summary: 'All queues',
        response: { 200: z.object({ queues: z.array(queueView) }) },
      },
    },
    async () => ({ queues: await readQueueViews(pool, definitions) }),
  );

  app.get(
    '/api/queues/:queue',
    { schema: { tags, summary: 'One queue', params: queueInPath, response: { 200: queueView } } },
    async ({ params }) => readQueueView(pool, params.queue, definitions),
  );

  app.put(
    '/api/queues/:queue/limits',
    {
      config: { scope: 'operate' },
      schema: {
        tags,
        summary: 'Sets all limits of a queue',
        description: 'Those that are left out go back to what the definition of the queue says.',
        params: queueInPath,
        body: limitsBody,
        response: { 200: z.object({ limits, inForce: limits }) },
      },
    },
    async (request) => {
      const queue = await requireQueue(pool, request.params.queue);
      const wanted = request.body;
      if (wanted.inFlightPerKey !== null) requireKeys(queue);
      await changeAs(request, pool, (tx) =>
        setLimits(tx, queue.name, {
          in_flight: wanted.inFlight,
          in_flight_per_key: wanted.inFlightPerKey,
          starts_per_second: wanted.startsPerSecond,
          fair: wanted.fair,
        }),
      );
      request.log.info({ queue: queue.name, ...wanted }, 'limits set');
      return limitsOf(await requireQueue(pool, queue.name), definitions.get(queue.name));
    },
  );
}

/** @throws {Refusal} NO_KEYS */
export function requireKeys(queue: RegisteredQueue): void {
  if (!jobTable(queue).has('key')) {
    throw new Refusal('bad', 'NO_KEYS', `the jobs of queue ${queue.name} have no key`);
  }
}

/** What this process knows of queues beside the registry. */
export const definitionsOf = (own: readonly QueueDefinition[]): Definitions =>
  new Map(
    own.map((queue) => [
      queue.name,
      {
        needs: queue.needs,
        workflow: queue.workflowType,
        taskQueue: queue.taskQueue,
        maxInFlight: queue.maxInFlight,
        maxInFlightPerKey: queue.key?.maxInFlight ?? null,
        fair: queue.fair,
      },
    ]),
  );
