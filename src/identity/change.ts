import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { readWatchedQueues } from '../registry/watched-queues.ts';
import { jobStatements } from '../sql/job.ts';
import { type DatabaseIdentity, isInPlace, readIdentity } from './database.ts';

/** How many jobs of a queue were under way in the database that this one is a copy of. */
export interface SetBack {
  queue: string;
  jobs: number;
}

/** The database keeps its identity in the place where it is, from now on. Its workflows go on, and the earlier place is refused. */
export function keepIdentity(pool: Pool): Promise<DatabaseIdentity> {
  return inTransaction(pool, async (tx) => {
    await lock(tx);
    await tx.query(`
      UPDATE switchyard.database_identity
         SET place = switchyard.database_place(), database_name = current_database(), kept_at = clock_timestamp()`);
    return readIdentity(tx);
  });
}

/**
 * Makes a copy a database of its own, whole or not at all. Jobs that were under way belong to the other database, whose workflows
 * do them: here they wait again. All queues are paused, as the other database does the waiting ones too.
 * @throws {SetupError} when the database is where it got its identity, unless `force` says that it is a copy all the same
 */
export function newIdentity(
  pool: Pool,
  queues: readonly QueueDefinition[],
  { force }: { force: boolean },
): Promise<{ identity: DatabaseIdentity; setBack: SetBack[] }> {
  return inTransaction(pool, async (tx) => {
    await lock(tx);
    const before = await readIdentity(tx);
    if (isInPlace(before) && !force) throw new SetupError(notACopy);
    await tx.query(asIdentity, [
      `it was under way in the database ${before.id}, of which this one is a copy`,
    ]);
    const setBack: SetBack[] = [];
    for (const queue of [...queues, ...(await readWatchedQueues(tx, { claimBatch: 0 }))]) {
      if (!(await isInstalled(tx, queue))) continue;
      await tx.query('SELECT switchyard.pause_queue($1, $2)', [queue.name, pauseReason]);
      const { rowCount } = await tx.query(jobStatements(queue).requeueAll);
      if (rowCount) setBack.push({ queue: queue.name, jobs: rowCount });
    }
    await tx.query(`
      UPDATE switchyard.database_identity
         SET id = gen_random_uuid(), place = switchyard.database_place(), database_name = current_database(),
             kept_at = clock_timestamp()`);
    return { identity: await readIdentity(tx), setBack };
  });
}

const pauseReason = 'this database is a copy: what waits here also runs where it was copied from';
const notACopy =
  'This database is where it got its identity, so it is no copy that can be told. Its jobs in flight would run twice. ' +
  'Is it a copy of the whole server (a snapshot, a promoted standby)? Then: npm run identity -- new --force';

/** Before it is read: two commands at once go one after the other. */
const lock = (tx: PoolClient) =>
  tx.query('LOCK TABLE switchyard.database_identity IN SHARE ROW EXCLUSIVE MODE');

const asIdentity = `
  SELECT set_config('switchyard.actor', 'identity', true), set_config('switchyard.code', 'NEW_IDENTITY', true),
         set_config('switchyard.detail', $1, true)`;

async function isInstalled(tx: PoolClient, { table }: QueueDefinition): Promise<boolean> {
  const { rows } = await tx.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  return rows[0]?.there === true;
}
