import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { Settings } from '../platform/settings.ts';
import { countsUpTo, registeredQueues } from '../sql/status.ts';
import { type PauseRow, pauseOf, readAround, type Starters, starterOf } from './around-queues.ts';
import { lookUpPollers, type Pollers } from './pollers.ts';
import { readFailedJobs, readJobs } from './queue-status.ts';
import type { RegisteredQueue } from './registered-queue.ts';

type Around = Starters & { pauses: PauseRow[]; pollers: Pollers };

interface Context {
  pool: Pool;
  settings: Settings;
}
type Definition = RegisteredQueue & Record<string, unknown>;
export type Status = Awaited<ReturnType<typeof readStatus>>;
export type QueueStatus = Status['queues'][number];
export type QueueDetails = Awaited<ReturnType<typeof readStatusOf>>;

export async function readStatus({ pool, settings }: Context) {
  const queues = await readQueues(pool);
  const around = await lookAround({ pool, settings }, queues);
  return {
    queues: await Promise.all(queues.map((queue) => queueStatus(pool, queue, around))),
    pausedSystems: around.pauses.filter(({ scope }) => scope === 'system').map(pauseView),
    ...processes(around),
    countedUpTo: countsUpTo,
  };
}

/** @throws {SetupError} when there is no such queue */
export async function readStatusOf({ pool, settings }: Context, name: string) {
  const [queue] = await readQueues(pool, name);
  if (queue === undefined) throw await noSuchQueue(pool, name);
  const around = await lookAround({ pool, settings }, [queue]);
  const status = await queueStatus(pool, queue, around);
  return {
    ...status,
    definition: definitionOf(queue),
    failedJobs: status.problem === null ? await readFailedJobs(pool, queue) : null,
    ...processes(around),
    countedUpTo: countsUpTo,
  };
}

async function noSuchQueue(pool: Pool, name: string): Promise<SetupError> {
  const names = (await readQueues(pool)).map((queue) => JSON.stringify(queue.name));
  return new SetupError(`there is no queue ${JSON.stringify(name)}; there are ${names.join(', ') || 'none'}`);
}

async function readQueues(pool: Pool, name: string | null = null): Promise<Definition[]> {
  return (await pool.query<Definition>(registeredQueues, [name])).rows;
}

async function lookAround({ pool, settings }: Context, queues: readonly Definition[]): Promise<Around> {
  const around = await readAround(pool);
  // Afterwards: loading Temporal's client holds up all else for a while, and connections must not time out meanwhile.
  const pollers = await lookUpPollers(
    settings,
    queues.flatMap(({ task_queue }) => task_queue ?? []),
  );
  return { ...around, pollers };
}

/** The processes that there are, as far as can be seen from here. */
const processes = ({ starters, pollers }: Around) => ({
  starters,
  temporal: { reached: 'counts' in pollers, problem: 'unknown' in pollers ? pollers.unknown : null },
});

async function queueStatus(pool: Pool, queue: Definition, around: Around) {
  const { pauses, pollers } = around;
  const { name, kind, workflow, source } = queue;
  return {
    name,
    kind,
    table: queue.job_table,
    source,
    workflow,
    taskQueue: queue.task_queue,
    ...(await readJobs(pool, queue)),
    pauses: pauses.filter((pause) => pause.queue === name).map(pauseView),
    limits: {
      inFlight: queue.in_flight,
      inFlightPerKey: queue.in_flight_per_key,
      startsPerSecond: queue.starts_per_second,
      fair: queue.fair,
    },
    pollers:
      queue.task_queue === null || 'unknown' in pollers ? null : (pollers.counts.get(queue.task_queue) ?? 0),
    ...starterOf(around, name),
  };
}

/** It stands under the queue that it holds. */
function pauseView(pause: PauseRow) {
  const { queue: _, ...view } = pauseOf(pause);
  return view;
}

/** What the registry says of a watched queue; `null`: its application's code defines it. */
function definitionOf({ kind, attributes: _, columns: __, states: ___, ...row }: Definition) {
  return kind === 'watched'
    ? {
        idType: row['id_type'],
        inputIsArgs: row['input_is_args'],
        executionTimeout: row['execution_timeout'],
        runTimeout: row['run_timeout'],
        id: row['source_id'],
        startWhen: row['start_when'],
        input: row['input'],
        workflowId: row['workflow_id'],
        key: row['key'],
        priority: row['priority'],
        runAt: row['run_at'],
        searchAttributes: row['search_attributes'],
        mirror: row['mirror'],
      }
    : null;
}
