import { z } from 'zod';
import type { DetailOptions } from '../operations/job-detail.ts';
import { noSuchJob, readJobId } from '../operations/job-id.ts';
import { requireQueue } from '../operations/registered-queue.ts';
import { waitReason } from '../operations/views.ts';
import { whyNotRunning } from '../operations/why.ts';
import type { RouteDeps } from './deps.ts';
import { jobInPath, type RouteApp } from './route-app.ts';

/** How a job is shown: with a link to Temporal's Web UI, and with what it waits for. */
export const detailOptions = ({ temporalUi, ...deps }: RouteDeps): DetailOptions => ({
  temporalUi,
  waitsOf: async (pool, queue, id) => (await whyNotRunning({ ...whyDeps(deps), pool }, queue, id)) ?? [],
});

const whyDeps = ({ queues, lookUpPollers }: Pick<RouteDeps, 'queues' | 'lookUpPollers'>) => ({
  lookUpPollers,
  own: queues.own,
});

/** `GET /api/queues/:queue/jobs/:id/why` */
export function whyRoutes(app: RouteApp, deps: RouteDeps): void {
  app.get(
    '/api/queues/:queue/jobs/:id/why',
    {
      schema: {
        tags: ['jobs'],
        summary: 'Why a job is not running, first things first',
        description: 'Empty for one that runs or has ended. Each reason says what to do about it.',
        params: jobInPath,
        response: { 200: z.object({ waits: z.array(waitReason) }) },
      },
    },
    async ({ params }) => {
      const queue = await requireQueue(deps.pool, params.queue);
      const id = readJobId(queue, params.id);
      const waits = await whyNotRunning({ ...whyDeps(deps), pool: deps.pool }, queue, id);
      if (waits === undefined) throw noSuchJob(queue, params.id);
      return { waits };
    },
  );
}
