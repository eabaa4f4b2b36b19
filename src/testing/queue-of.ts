import type { WatchedQueue } from '../client/define-queue.ts';
import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { readWatchedQueues } from '../registry/watched-queues.ts';

/** As by default. */
const claimBatch = 10;

/** A queue of an application's own worker, or a watched one: its definition or its name. */
export type TestedQueue = QueueDefinition | WatchedQueue | string;

/** A watched queue. */
export type WatchedQueueOrName = WatchedQueue | string;

export const isWatched = (queue: TestedQueue): queue is WatchedQueueOrName =>
  typeof queue === 'string' || 'kind' in queue;

/**
 * The queue as the engine knows it: a watched one stands in the database.
 * @throws {SetupError} when it is not there
 */
export async function queueOf(pool: Pool, queue: TestedQueue): Promise<QueueDefinition> {
  if (!isWatched(queue)) return queue;
  const name = typeof queue === 'string' ? queue : queue.name;
  const known = await readWatchedQueues(pool, { claimBatch });
  const found = known.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new SetupError(
    `the database has no watched queue "${name}"; make it with \`switchyard sync\`, or with the statement that queueStatement answers`,
  );
}
