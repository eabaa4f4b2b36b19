import type { Pool } from '../platform/database.ts';
import { countsUpTo } from '../sql/status.ts';
import { type PauseRow, pauseOf, readAround, starterOf } from './around-queues.ts';
import { readRates } from './history.ts';
import { jobTable } from './job-table.ts';
import { readJobs } from './queue-status.ts';
import { listRegisteredQueues, type RegisteredQueue, requireQueue } from './registered-queue.ts';
import type { Limits, QueueView } from './views.ts';

/** What the code of an application says of a queue, where the process has it. */
export interface KnownDefinition {
  needs: readonly string[];
  workflow: string;
  taskQueue: string;
  maxInFlight: number | null;
  maxInFlightPerKey: number | null;
  fair: boolean;
}
export type Definitions = ReadonlyMap<string, KnownDefinition>;

/** All queues of the registry, as people see them. */
export async function readQueueViews(pool: Pool, definitions: Definitions): Promise<QueueView[]> {
  const [queues, around] = await Promise.all([listRegisteredQueues(pool), lookAround(pool)]);
  return Promise.all(queues.map((queue) => viewOf(pool, queue, definitions.get(queue.name), around)));
}

/** @throws {Refusal} when there is no such queue */
export async function readQueueView(pool: Pool, name: string, definitions: Definitions): Promise<QueueView> {
  const queue = await requireQueue(pool, name);
  return viewOf(pool, queue, definitions.get(name), await lookAround(pool));
}

type Around = Awaited<ReturnType<typeof lookAround>>;

async function lookAround(pool: Pool) {
  const [around, rates] = await Promise.all([readAround(pool), readRates(pool)]);
  return { ...around, rates };
}

async function viewOf(
  pool: Pool,
  queue: RegisteredQueue,
  definition: KnownDefinition | undefined,
  around: Around,
): Promise<QueueView> {
  const { name, kind, source } = queue;
  const needs = [...(definition?.needs ?? [])];
  const { counts, oldestWaitingSeconds, problem } = await readJobs(pool, queue);
  return {
    name,
    kind,
    table: queue.job_table,
    source,
    workflow: queue.workflow ?? definition?.workflow ?? null,
    taskQueue: queue.task_queue ?? definition?.taskQueue ?? null,
    hasKeys: jobTable(queue).has('key'),
    counts,
    countedUpTo: countsUpTo,
    oldestWaitingSeconds,
    rates: around.rates.get(name) ?? { inserted: 0, started: 0, complete: 0, failed: 0 },
    ...limitsOf(queue, definition),
    needs,
    pauses: around.pauses.filter((pause) => holds(pause, name, needs)).map(pauseOf),
    served: starterOf(around, name).served,
    pollers: null,
    problem,
  };
}

/** What was set, and what holds: where nothing was set, the definition of the queue. */
export function limitsOf(
  queue: RegisteredQueue,
  definition: KnownDefinition | undefined,
): { limits: Limits; inForce: Limits } {
  return {
    limits: {
      inFlight: queue.set_in_flight,
      inFlightPerKey: queue.set_in_flight_per_key,
      startsPerSecond: queue.starts_per_second,
      fair: queue.set_fair,
    },
    inForce: {
      inFlight: queue.in_flight ?? definition?.maxInFlight ?? null,
      inFlightPerKey: queue.in_flight_per_key ?? definition?.maxInFlightPerKey ?? null,
      startsPerSecond: queue.starts_per_second,
      fair: queue.set_fair ?? definition?.fair ?? (queue.kind === 'watched' ? queue.fair : null),
    },
  };
}

/** A pause of the system '' holds all queues. */
const holds = ({ queue, system }: PauseRow, name: string, needs: readonly string[]): boolean =>
  queue === name || (system !== null && (system === '' || needs.includes(system)));
