import { z } from 'zod';
import { changeJob } from '../operations/change-job.ts';
import { readJob } from '../operations/job-detail.ts';
import { listedStates } from '../operations/job-filter.ts';
import { deliveryView, jobDetail, subscriptionView } from '../operations/views.ts';
import { readDeliveries, readSubscriptions, webhooksQueue } from '../operations/webhooks.ts';
import { changeAs } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { noBody } from './json-body.ts';
import { cursorParameter, limitParameter, listParameter, nextCursor, type RouteApp } from './route-app.ts';

/** `GET /api/webhooks`, `GET /api/webhooks/deliveries`, `POST /api/webhooks/deliveries/:id/retry`. */
export function webhookRoutes(app: RouteApp, { pool, temporalUi }: RouteDeps): void {
  const tags = ['webhooks'];

  app.get(
    '/api/webhooks',
    {
      schema: {
        tags,
        summary: 'Who is told when jobs end',
        response: { 200: z.object({ subscriptions: z.array(subscriptionView) }) },
      },
    },
    async () => ({ subscriptions: await readSubscriptions(pool) }),
  );

  app.get(
    '/api/webhooks/deliveries',
    {
      schema: {
        tags,
        summary: 'The webhooks that were sent, or will be, newest first',
        querystring: z.strictObject({
          status: listParameter(z.enum(listedStates), 'States, with commas between them'),
          limit: limitParameter,
          cursor: cursorParameter,
        }),
        response: { 200: z.object({ deliveries: z.array(deliveryView), nextCursor }) },
      },
    },
    async ({ query }) => readDeliveries(pool, query),
  );

  app.post(
    '/api/webhooks/deliveries/:id/retry',
    {
      config: { scope: 'operate' },
      schema: {
        tags,
        summary: 'Sends a webhook again that has ended; its id stays',
        params: z.object({ id: z.string() }),
        body: noBody,
        response: { 200: jobDetail },
      },
    },
    async (request) => {
      const { id } = request.params;
      await changeAs(request, pool, (tx) => changeJob.retry(tx, webhooksQueue, id));
      return readJob(pool, webhooksQueue, id, { temporalUi });
    },
  );
}
