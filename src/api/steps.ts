import { readJob } from '../operations/job-detail.ts';
import { requireQueue } from '../operations/registered-queue.ts';
import { nothing } from '../operations/steps/read-steps.ts';
import { workflowSteps } from '../operations/views.ts';
import type { RouteDeps } from './deps.ts';
import { jobInPath, type RouteApp } from './route-app.ts';

/** `GET /api/queues/:queue/jobs/:id/steps` */
export function stepRoutes(app: RouteApp, { pool, readSteps }: RouteDeps): void {
  app.get(
    '/api/queues/:queue/jobs/:id/steps',
    {
      schema: {
        tags: ['jobs'],
        summary: 'What the workflow of a job did, by its history in Temporal',
        description:
          'Activities, timers, signals, child workflows and failed workflow tasks of the latest run, from the first 2 000 events. ' +
          'Inputs and results are not told. `unknown` says why Temporal could not be asked, or that the history is gone.',
        params: jobInPath,
        response: { 200: workflowSteps },
      },
    },
    async ({ params }) => {
      const { kind } = await requireQueue(pool, params.queue);
      const { workflowId, runId } = await readJob(pool, params.queue, params.id);
      if (workflowId === null || runId === null) return nothing(null);
      if (readSteps === undefined) return nothing('this process has no connection to Temporal');
      // The row of a watched job names the first run of its chain.
      return readSteps({ workflowId, runId: kind === 'watched' ? '' : runId });
    },
  );
}
