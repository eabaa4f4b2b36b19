import { z } from 'zod';
import { readBurnRates } from '../operations/history.ts';
import { mostSeconds, readObjectives, setObjectives } from '../operations/objectives.ts';
import { requireQueue } from '../operations/registered-queue.ts';
import { burnRate, objectives } from '../operations/views.ts';
import { changeAs } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { queueInPath, type RouteApp } from './route-app.ts';

const objective = z
  .strictObject({
    seconds: z.number().positive().max(mostSeconds),
    part: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.99)
      .meta({ description: 'This part of the jobs, between 0 and 1' }),
  })
  .nullable()
  .default(null);
const objectivesBody = z.strictObject({ waiting: objective, total: objective });

/** `GET` and `PUT /api/queues/:queue/objectives`: how soon jobs are to start, and to end. */
export function objectiveRoutes(app: RouteApp, { pool }: RouteDeps): void {
  const shared = { tags: ['queues'], params: queueInPath };

  app.get(
    '/api/queues/:queue/objectives',
    {
      schema: {
        ...shared,
        summary: 'How soon jobs of a queue are to start and to end, and how far that is missed',
        response: { 200: z.object({ objectives, burnRates: z.array(burnRate) }) },
      },
    },
    async ({ params }) => {
      const { name } = await requireQueue(pool, params.queue);
      const [found, burnRates] = await Promise.all([readObjectives(pool, name), readBurnRates(pool, name)]);
      return { objectives: found, burnRates };
    },
  );

  app.put(
    '/api/queues/:queue/objectives',
    {
      config: { scope: 'operate' },
      schema: {
        ...shared,
        summary: 'Sets the objectives of a queue',
        description: 'One that is left out is removed.',
        body: objectivesBody,
        response: { 200: z.object({ objectives }) },
      },
    },
    async (request) => {
      const { name } = await requireQueue(pool, request.params.queue);
      await changeAs(request, pool, (tx) => setObjectives(tx, name, request.body));
      request.log.info({ queue: name, ...request.body }, 'objectives set');
      return { objectives: await readObjectives(pool, name) };
    },
  );
}
