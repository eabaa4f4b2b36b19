import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { requireIdentity } from '../identity/database.ts';
import type { Pool } from '../platform/database.ts';
import { ensureSearchAttributes } from '../platform/search-attributes.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { searchAttributeNames } from '../queues/search-attributes.ts';
import { type SignalCounts, Signals } from '../starter/signals.ts';
import { type PassCounts, Starter } from '../starter/starter.ts';
import { Mirror } from '../starter/watch/mirror.ts';
import { verifyStarter } from '../verify/start.ts';
import { queueOf, type TestedQueue } from './queue-of.ts';

/** One queue, the database that has its table, and the Temporal that runs its workflows. */
export interface QueueOptions<Queue extends TestedQueue = TestedQueue> {
  pool: Pool;
  client: Client;
  /** The definition of the queue; of a watched queue its name will do. */
  queue: Queue;
}

/** What a pass of the starter did. */
export type ClaimCounts = Pick<
  PassCounts,
  'started' | 'closing' | 'unanswered' | 'refused' | 'failed' | 'heldBy'
> &
  Pick<SignalCounts, 'canceling' | 'answered' | 'signaled' | 'due'>;

/**
 * Makes one pass of the starter, the same as in production: lets delayed rows go that are due, tells workflows of cancel requests,
 * answers and signals, then claims at most one batch of waiting rows, starts their workflows and writes the mirror. Needs no worker. Unlike a starter it does
 * not make the task queue its own.
 * @throws {SetupError} when the definition does not fit the table, with every difference, or the database was not migrated
 * @throws the error of Postgres or Temporal when one of them is away before the claim; a start that fails is counted, and the
 * row's events say why
 */
export async function claimOnce({ queue, ...options }: QueueOptions): Promise<ClaimCounts> {
  const makePass = await preparePasses({ ...options, queue: await queueOf(options.pool, queue) });
  return makePass();
}

/** What a starter does before its first pass. Answers what makes one pass after the other. */
export async function preparePasses({
  pool,
  client,
  queue,
}: QueueOptions<QueueDefinition>): Promise<() => Promise<ClaimCounts>> {
  await verifyStarter(pool, [queue]);
  const { id: database } = await requireIdentity(pool);
  await ensureSearchAttributes(client, searchAttributeNames);
  const shared = { pool, client, queue: { ...queue, database }, log: pino({ level: 'silent' }) };
  const signals = new Signals(shared);
  const starter = new Starter({ ...shared, workerId: 'test' });
  const mirror = new Mirror(shared);
  return async () => {
    const { canceling, answered, signaled, due } = await signals.runOnce();
    const { started, closing, unanswered, refused, failed, heldBy } = await starter.runOnce();
    await mirror.runOnce();
    return { started, closing, unanswered, refused, failed, heldBy, canceling, answered, signaled, due };
  };
}
