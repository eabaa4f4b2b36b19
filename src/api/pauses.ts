import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pauseOf } from '../operations/around-queues.ts';
import { requireQueue } from '../operations/registered-queue.ts';
import { pause as pauseSchema } from '../operations/views.ts';
import { changeAs } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { customerField, noBody, reasonField } from './json-body.ts';
import { Problem, quoteInput } from './problems.ts';
import { type PauseTarget, pause, resume } from './queue-queries.ts';
import { requireKeys } from './queues.ts';
import { queueInPath, type RouteApp } from './route-app.ts';

const pauseBody = z.strictObject({ reason: reasonField });
const systemInPath = z.object({ system: z.string().meta({ description: 'The name of an outside system' }) });
const keyInPath = queueInPath.extend({ key: z.string().meta({ description: 'A key of its jobs' }) });

/** `POST …/pause` and `…/resume` of a queue, of a key of it, and of an outside system. */
export function pauseRoutes(app: RouteApp, { pool, queues }: RouteDeps): void {
  const routesOf = <Params extends z.ZodType>(
    path: string,
    what: string,
    params: Params,
    targetOf: (params: z.output<Params>) => Promise<PauseTarget>,
  ) => {
    const shared = { tags: ['pauses'], params };
    const config = { scope: 'operate' } as const;
    app.post(
      `${path}/pause`,
      {
        config,
        schema: {
          ...shared,
          summary: `Pauses ${what}`,
          description: 'Pausing what is paused changes nothing, and answers the pause that there is.',
          body: pauseBody,
          response: { 200: z.object({ pause: pauseSchema }) },
        },
      },
      async (request) => {
        const target = await targetOf(request.params as z.output<Params>);
        const { reason } = request.body as z.output<typeof pauseBody>;
        const row = await changeAs(request, pool, (tx) => pause(tx, target, reason));
        if (row === undefined)
          throw new Problem(409, 'TRY_AGAIN', 'it was resumed in this very moment; try again');
        request.log.info(target, 'paused');
        return { pause: pauseOf(row) };
      },
    );
    app.post(
      `${path}/resume`,
      {
        config,
        schema: {
          ...shared,
          summary: `Resumes ${what}`,
          body: noBody,
          response: {
            200: z.object({ resumed: z.boolean().meta({ description: 'Whether it was paused' }) }),
          },
        },
      },
      async (request: FastifyRequest) => {
        const target = await targetOf(request.params as z.output<Params>);
        const resumed = await changeAs(request, pool, (tx) => resume(tx, target));
        if (resumed) request.log.info(target, 'resumed');
        return { resumed };
      },
    );
  };

  routesOf('/api/queues/:queue', 'a queue', queueInPath, async ({ queue }) => ({
    scope: 'queue',
    queue: (await requireQueue(pool, queue)).name,
    key: null,
    system: null,
  }));

  routesOf('/api/queues/:queue/keys/:key', 'a key of a queue', keyInPath, async ({ queue, key }) => {
    const known = await requireQueue(pool, queue);
    requireKeys(known);
    return { scope: 'key', queue: known.name, key: readKey(key), system: null };
  });

  const systems = [...new Set(queues.own.flatMap((queue) => queue.needs))];
  routesOf('/api/systems/:system', 'an outside system', systemInPath, async ({ system }) => {
    if (!systems.includes(system)) {
      throw new Problem(
        404,
        'NO_SUCH_SYSTEM',
        `no queue needs a system ${quoteInput(system)}; known are ${systems.join(', ')}`,
        { more: { known: systems } },
      );
    }
    return { scope: 'system', queue: null, key: null, system };
  });
}

/** @throws {Problem} BAD_KEY */
export function readKey(key: string): string {
  if (customerField.safeParse(key).success) return key;
  throw new Problem(400, 'BAD_KEY', `a key is a text of 1 to 200 characters; got ${quoteInput(key)}`);
}
