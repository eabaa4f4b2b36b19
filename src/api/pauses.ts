import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { changeAs, operateScope } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { customerField, readBody, reasonField } from './json-body.ts';
import { Problem, quoteInput } from './problems.ts';
import { type PauseTarget, pause, resume } from './queue-queries.ts';
import { hasNoKeys, pauseView, queueOf } from './queues.ts';

const pauseBody = z.strictObject({ reason: reasonField });
const noBody = z.strictObject({});

/** `POST …/pause` and `…/resume` of a queue, of a key of it, and of an outside system. */
export function pauseRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const systems = [...new Set(deps.queues.own.flatMap((queue) => queue.needs))];

  const ofQueue = async (request: FastifyRequest): Promise<PauseTarget> => ({
    scope: 'queue',
    queue: (await queueOf(request, deps.queues)).name,
    key: null,
    system: null,
  });

  const ofKey = async (request: FastifyRequest): Promise<PauseTarget> => {
    const queue = await queueOf(request, deps.queues);
    if (queue.key === undefined) throw hasNoKeys(queue);
    const { key } = request.params as { key: string };
    if (!customerField.safeParse(key).success) {
      throw new Problem(400, 'BAD_KEY', `a key is a text of 1 to 200 characters; got ${quoteInput(key)}`);
    }
    return { scope: 'key', queue: queue.name, key, system: null };
  };

  const ofSystem = async (request: FastifyRequest): Promise<PauseTarget> => {
    const { system } = request.params as { system: string };
    if (!systems.includes(system)) {
      throw new Problem(
        404,
        'NO_SUCH_SYSTEM',
        `no queue needs a system ${quoteInput(system)}; known are ${systems.join(', ')}`,
        { more: { known: systems } },
      );
    }
    return { scope: 'system', queue: null, key: null, system };
  };

  const routesOf = (path: string, targetOf: (request: FastifyRequest) => Promise<PauseTarget>) => {
    app.post(`${path}/pause`, operateScope, async (request) => {
      const target = await targetOf(request);
      const why = readBody(request, pauseBody).reason;
      const row = await changeAs(request, deps.pool, (tx) => pause(tx, target, why));
      if (row === undefined)
        throw new Problem(409, 'TRY_AGAIN', 'it was resumed in this very moment; try again');
      request.log.info(target, 'paused');
      return { pause: pauseView(row) };
    });
    app.post(`${path}/resume`, operateScope, async (request) => {
      const target = await targetOf(request);
      readBody(request, noBody);
      const resumed = await changeAs(request, deps.pool, (tx) => resume(tx, target));
      if (resumed) request.log.info(target, 'resumed');
      return { resumed };
    });
  };

  routesOf('/api/queues/:queue', ofQueue);
  routesOf('/api/queues/:queue/keys/:key', ofKey);
  routesOf('/api/systems/:system', ofSystem);
}
