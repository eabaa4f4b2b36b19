import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { readStarters, starterOf } from './around-queues.ts';
import type { Pollers } from './pollers.ts';
import type { WaitReason } from './views.ts';
import { command, quoted } from './why-words.ts';

/** Says how many workers poll task queues. */
export type LookUpPollers = (taskQueues: readonly string[]) => Promise<Pollers>;

/** What is there for the jobs of a queue, besides the database. */
export interface Around {
  /** The starters that are connected. */
  starters: readonly string[];
  /** Whether one of them serves the queue. */
  served: boolean;
  /** Left out: nobody asked Temporal. */
  pollers?: Pollers | undefined;
}

export async function lookAround(
  pool: Pool,
  { name, kind, taskQueue }: { name: string; kind: string; taskQueue: string },
  lookUpPollers: LookUpPollers | undefined,
): Promise<Around> {
  const around = await readStarters(pool);
  // Afterwards: loading Temporal's client holds up all else for a while, and connections must not time out meanwhile.
  const pollers = await lookUpPollers?.([taskQueue]);
  const { served, watchedBy } = starterOf(around, name);
  return { starters: around.starters, served: watchedBy !== null || (kind === 'fenced' && served), pollers };
}

/** That no process claims the jobs of the queue. */
export function noStarter(queue: string, { starters, served }: Around): WaitReason[] {
  if (served) return [];
  const none = starters.length === 0;
  return [
    {
      code: 'NO_STARTER',
      text: none
        ? 'no starter is connected to this database, so nobody starts its workflow'
        : `no starter serves the queue ${quoted(queue)}; connected are ${starters.join(', ')}, which serve others`,
      wayOut: none
        ? command('start')
        : `name the queue in QUEUES of a starter, or leave QUEUES out, and start it: ${command('start')}`,
    },
  ];
}

/** That Temporal cannot be reached from here. */
export function temporalAway({ pollers }: Around): WaitReason[] {
  if (pollers === undefined || !('unknown' in pollers)) return [];
  return [
    {
      code: 'TEMPORAL_AWAY',
      text: `Temporal cannot be asked from here: ${pollers.unknown}`,
      wayOut: 'see that Temporal runs, and that TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE name it',
    },
  ];
}

/** That no worker polls the task queue of its workflow. */
export function noWorker(
  queue: Pick<QueueDefinition, 'taskQueue' | 'workflowType'>,
  { pollers }: Around,
): WaitReason[] {
  if (pollers === undefined || 'unknown' in pollers || (pollers.counts.get(queue.taskQueue) ?? 0) > 0)
    return [];
  return [
    {
      code: 'NO_WORKER',
      text: `no worker polls the task queue ${quoted(queue.taskQueue)}: its workflow starts, and does nothing`,
      wayOut: `run a worker with the workflow ${quoted(queue.workflowType)} on the task queue ${quoted(queue.taskQueue)}`,
    },
  ];
}
