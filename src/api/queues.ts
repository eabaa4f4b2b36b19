import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isUndefinedTable } from '../platform/database-errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { QueueRegistry } from '../registry/queue-registry.ts';
import { changeAs, operateScope } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { readBody } from './json-body.ts';
import { Problem, quoteInput } from './problems.ts';
import {
  countJobs,
  findLimits,
  type LimitsRow,
  openPauses,
  type PauseRow,
  setLimits,
} from './queue-queries.ts';
import { iso } from './times.ts';

const wholeLimit = z.number().int().min(0).max(2_147_483_647).nullable().default(null);
const limitsBody = z.strictObject({
  inFlight: wholeLimit,
  inFlightPerKey: wholeLimit,
  startsPerSecond: z.number().positive().max(1_000_000).nullable().default(null),
  fair: z.boolean().nullable().default(null),
});

/** `GET /api/queues`, `GET /api/queues/:queue` and `PUT /api/queues/:queue/limits`. */
export function queueRoutes(app: FastifyInstance, deps: RouteDeps): void {
  app.get('/api/queues', async () => ({
    queues: (await Promise.all((await deps.queues.all()).map((queue) => viewIfThere(deps, queue)))).filter(
      (view) => view !== undefined,
    ),
  }));

  app.get('/api/queues/:queue', async (request) => {
    const view = await viewIfThere(deps, await queueOf(request, deps.queues));
    if (view === undefined) throw await noSuchQueue(request, deps.queues);
    return view;
  });

  app.put('/api/queues/:queue/limits', operateScope, async (request) => {
    const queue = await queueOf(request, deps.queues);
    const limits = readBody(request, limitsBody);
    if (limits.inFlightPerKey !== null && queue.key === undefined) throw hasNoKeys(queue);
    const row: LimitsRow = {
      in_flight: limits.inFlight,
      in_flight_per_key: limits.inFlightPerKey,
      starts_per_second: limits.startsPerSecond,
      fair: limits.fair,
    };
    await changeAs(request, deps.pool, (tx) => setLimits(tx, queue.name, row));
    request.log.info({ queue: queue.name, ...limits }, 'limits set');
    return limitsView(queue, row);
  });
}

/** The queue that the path names. */
export async function queueOf(request: FastifyRequest, queues: QueueRegistry): Promise<QueueDefinition> {
  const found = await queues.find(nameIn(request));
  if (found === undefined) throw await noSuchQueue(request, queues);
  return found;
}

const nameIn = ({ params }: FastifyRequest): string => (params as { queue: string }).queue;

async function noSuchQueue(request: FastifyRequest, queues: QueueRegistry): Promise<Problem> {
  const name = nameIn(request);
  const known = (await queues.all()).map((queue) => queue.name).filter((other) => other !== name);
  return new Problem(
    404,
    'NO_SUCH_QUEUE',
    `there is no queue ${quoteInput(name)}; known are ${known.join(', ')}`,
    {
      more: { known },
    },
  );
}

export const hasNoKeys = (queue: QueueDefinition) =>
  new Problem(400, 'NO_KEYS', `the jobs of queue ${queue.name} have no key`);

/** `undefined`: the queue was dropped a moment ago, and its table with it. */
const viewIfThere = (deps: Pick<RouteDeps, 'pool'>, queue: QueueDefinition) =>
  queueView(deps, queue).catch((error: unknown) => {
    const cause = error instanceof Problem ? error.cause : error;
    if (queue.watched !== undefined && isUndefinedTable(cause)) return undefined;
    throw error;
  });

async function queueView({ pool }: Pick<RouteDeps, 'pool'>, queue: QueueDefinition) {
  const [counts, pauses, limits] = await Promise.all([
    countJobs(pool, queue),
    openPauses(pool, queue),
    findLimits(pool, queue.name),
  ]);
  return {
    name: queue.name,
    counts,
    ...limitsView(queue, limits),
    needs: queue.needs,
    pauses: pauses.map(pauseView),
  };
}

/** What was set, and what holds: where nothing was set, the settings of the processes. */
function limitsView(queue: QueueDefinition, limits: LimitsRow | undefined) {
  return {
    limits: {
      inFlight: limits?.in_flight ?? null,
      inFlightPerKey: limits?.in_flight_per_key ?? null,
      startsPerSecond: limits?.starts_per_second ?? null,
      fair: limits?.fair ?? null,
    },
    inForce: {
      inFlight: limits?.in_flight ?? queue.maxInFlight,
      fair: limits?.fair ?? queue.fair,
    },
  };
}

export const pauseView = (pause: PauseRow) => ({
  scope: pause.scope,
  queue: pause.queue,
  key: pause.key,
  system: pause.system,
  reason: pause.reason,
  pausedBy: pause.paused_by,
  pausedAt: iso(pause.paused_at),
  automatic: pause.automatic,
});
