import { z } from 'zod';
import { keptMinutes, readBurnRates, readMinutes } from '../operations/history.ts';
import { requireQueue } from '../operations/registered-queue.ts';
import { burnRate, minuteView } from '../operations/views.ts';
import type { RouteDeps } from './deps.ts';
import { queueInPath, type RouteApp } from './route-app.ts';

const wantedMinutes = z.strictObject({
  minutes: z.coerce.number().int().min(1).max(keptMinutes).default(60),
});

/** `GET /api/queues/:queue/history`: what happened in each of the last minutes, and how its objectives are met. */
export function historyRoutes(app: RouteApp, { pool }: RouteDeps): void {
  app.get(
    '/api/queues/:queue/history',
    {
      schema: {
        tags: ['queues'],
        summary: 'The last minutes of a queue',
        description: 'Full minutes, oldest first; one in which nothing happened is left out.',
        params: queueInPath,
        querystring: wantedMinutes,
        response: { 200: z.object({ minutes: z.array(minuteView), burnRates: z.array(burnRate) }) },
      },
    },
    async ({ params, query }) => {
      const { name } = await requireQueue(pool, params.queue);
      const [minutes, burnRates] = await Promise.all([
        readMinutes(pool, name, query.minutes),
        readBurnRates(pool, name),
      ]);
      return { minutes, burnRates };
    },
  );
}
