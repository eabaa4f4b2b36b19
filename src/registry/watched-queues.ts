import type { Pool, PoolClient } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { type WatchedQueueRow, watchedQueue } from '../queues/watched.ts';
import { registryIsThere, watchedQueues } from '../sql/registry.ts';

/** All watched queues that the registry has now, by name. */
export async function readWatchedQueues(
  db: Pick<Pool | PoolClient, 'query'>,
  settings: Pick<Settings, 'claimBatch'>,
): Promise<QueueDefinition[]> {
  const { rows } = await db.query<WatchedQueueRow>(watchedQueues);
  return rows.map((row) => watchedQueue(row, settings));
}

/**
 * What comes before all other checks of the database: they would speak of one table after the other.
 * @throws {SetupError} for a database that was not migrated
 */
export async function requireRegistry(pool: Pick<Pool, 'query'>): Promise<void> {
  const { rowCount } = await pool.query(registryIsThere);
  if (rowCount !== 0) return;
  throw new SetupError(
    "The database has not Switchyard's tables (switchyard.queues is missing): it was not migrated, or by an older version. " +
      'Run `switchyard migrate`; in a checkout of Switchyard, `npm run migrate`',
  );
}
