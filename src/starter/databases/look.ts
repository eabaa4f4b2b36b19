import type { Pool } from '../../platform/database.ts';
import { DatabaseClient } from '../../platform/database-client.ts';
import type { NamedDatabase } from '../../platform/database-list.ts';
import { readWatchedQueues, requireRegistry } from '../../registry/watched-queues.ts';
import { workThere } from '../../sql/work-there.ts';
import type { WatchedChoice } from '../watched-queues.ts';

/** A look has three short statements: a server that takes longer is in trouble. */
const statementTimeoutMs = 5_000;

/**
 * Looks by a connection of its own, which it closes, whether a database has anything to do for a starter.
 * @throws the database's error when it is away, and a SetupError when it was not migrated
 */
export async function lookForWork({ url }: NamedDatabase, watched: WatchedChoice): Promise<boolean> {
  const client = new DatabaseClient({
    connectionString: url,
    applicationName: 'switchyard looks for work',
    statementTimeoutMs,
  });
  try {
    await client.connect();
    return await hasWork(client, watched);
  } finally {
    // Not waited for: a peer that vanished would not let go.
    client.end().catch(() => undefined);
  }
}

/** Whether rows wait or are in flight, signals are to be delivered, or the application's rows are to be written. */
export async function hasWork(db: Pick<Pool, 'query'>, watched: WatchedChoice): Promise<boolean> {
  await requireRegistry(db);
  const queues = await readWatchedQueues(db, { claimBatch: 0 });
  const served = queues.filter(({ name }) => watched === 'all' || watched.includes(name));
  const { rows } = await db.query<{ there: boolean }>(workThere(served));
  return rows[0]?.there === true;
}
