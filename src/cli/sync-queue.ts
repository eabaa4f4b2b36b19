import type { WatchedQueue } from '../client/define-queue.ts';
import { queueSql, queueStatement } from '../client/queue-statement.ts';
import { inTransaction, type Pool, type PoolClient, quoteLiteral } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import { alterQueue, lockQueueName, queueDefinition } from '../sql/queue-definitions.ts';
import { asToldError } from './database-failures.ts';
import { type Change, changesOf, type DefinitionRow, obstacleOf } from './queue-changes.ts';
import type { MigrationSql } from './schema-sql.ts';

/** What sync did with a queue, or would do. */
export interface Outcome {
  queue: string;
  /** `refused`: what differs cannot be changed in place, or the database did not take it. */
  action: 'created' | 'changed' | 'unchanged' | 'refused';
  changes: Change[];
  reason: string | null;
  /** What does the same as a migration, and what undoes it; `null`: there is nothing to do. */
  sql: MigrationSql | null;
}

/**
 * Makes the queue, or changes what differs; with `dryRun` it only looks. In a transaction of its own, and behind any other that defines
 * this queue: what it finds there still holds when it acts on it.
 */
export async function syncQueue(
  pool: Pool,
  queue: WatchedQueue,
  { dryRun }: { dryRun: boolean },
): Promise<Outcome> {
  try {
    return await inTransaction(pool, async (tx) => {
      await tx.query(lockQueueName, [queue.name]);
      const plan = await planOf(tx, queue);
      if (!dryRun) await act(tx, queue, plan);
      return plan;
    });
  } catch (error) {
    const told = asToldError(error);
    if (told instanceof SetupError) return refused(queue, told.message);
    throw error;
  }
}

async function planOf(tx: PoolClient, queue: WatchedQueue): Promise<Outcome> {
  const { rows } = await tx.query<DefinitionRow>(queueDefinition, [queue.name, queue.options.table ?? null]);
  const [row] = rows;
  if (row === undefined) {
    const { create, drop } = queueSql(queue);
    return outcome(queue, 'created', { sql: { up: create, down: drop } });
  }
  const obstacle = obstacleOf(row, queue);
  if (obstacle !== undefined) return refused(queue, `${obstacle}; ${way(row, queue)}`);
  const changes = changesOf(row, queue);
  if (changes.length === 0) return outcome(queue, 'unchanged');
  return outcome(queue, 'changed', { changes, sql: alterSql(queue.name, changes) });
}

const way = ({ kind }: DefinitionRow, { name }: WatchedQueue) =>
  kind === 'watched'
    ? `jobs go by it, so it cannot be changed in place. When none is needed any more: switchyard drop-queue ${name}, then sync again`
    : 'give yours another name';

async function act(tx: PoolClient, queue: WatchedQueue, { action, changes }: Outcome): Promise<void> {
  if (action === 'created') {
    const { text, values } = queueStatement(queue);
    await tx.query(text, values);
  } else if (action === 'changed') {
    await tx.query(alterQueue, [queue.name, JSON.stringify(valuesOf(changes, 'to'))]);
  }
}

const valuesOf = (changes: readonly Change[], side: 'from' | 'to') =>
  Object.fromEntries(changes.map((change) => [change.field, change[side]]));

function alterSql(name: string, changes: readonly Change[]): MigrationSql {
  const call = (side: 'from' | 'to') =>
    `SELECT switchyard.alter_queue(${quoteLiteral(name)}, ${quoteLiteral(JSON.stringify(valuesOf(changes, side)))});`;
  return { up: call('to'), down: call('from') };
}

const outcome = (
  { name }: WatchedQueue,
  action: Outcome['action'],
  more: Partial<Pick<Outcome, 'changes' | 'reason' | 'sql'>> = {},
): Outcome => ({ queue: name, action, changes: [], reason: null, sql: null, ...more });

const refused = (queue: WatchedQueue, reason: string): Outcome => outcome(queue, 'refused', { reason });
