import { DatabaseClient } from './database-client.ts';
import { SetupError } from './errors.ts';
import type { Logger } from './logging.ts';
import { lockTimeoutMs } from './migration-files.ts';
import { migrateFolders, namesThatRan } from './migration-folders.ts';
import { lockMigrations } from './migration-lock.ts';
import { engineFolder } from './migration-names.ts';
import { untilLocked } from './migration-retries.ts';

/** A statement that makes what depends on settings. */
interface Install {
  readonly statement: string;
  readonly values: readonly string[];
}

interface MigrateOptions {
  /** The folders of the pipelines, whose migrations run after the engine's, in this order; default: none. */
  folders?: readonly URL[];
  /** Run at the end, each time; default: none. */
  installs?: readonly Install[];
  /** Ends it at once; the migration at hand is undone. */
  signal?: AbortSignal;
  /** How long to wait for another migrate of this database, and for each lock that a migration needs. */
  waitMs?: number;
}

/**
 * Brings the database up to date, in order, each migration in its own transaction, or in two where its file commits in between: then
 * what stands before the COMMIT bears being run again. Processes that start together wait for each other; a migration that ran
 * is never run again. One that does not get a lock within seconds is undone and tried again, so that writers do not wait behind it.
 * @throws the database's own error, naming the migration; what ran before it stays
 * @throws {SetupError} when another migrate, or a lock, takes longer than `waitMs`, when told to stop, when two folders have a file of one name, or for a
 * database of a version before 0.1.0
 */
export async function migrate(
  databaseUrl: string,
  log: Logger,
  {
    folders = [],
    installs = [],
    signal = new AbortController().signal,
    waitMs = 600_000,
  }: MigrateOptions = {},
): Promise<string[]> {
  const connection = {
    connectionString: databaseUrl,
    applicationName: 'switchyard migrate',
    idleInTransactionMs: 0,
    lockTimeoutMs,
  };
  const client = new DatabaseClient(connection);
  const holder = new DatabaseClient(connection);
  const stop = () => void breakOff(client, holder);
  try {
    await client.connect();
    await holder.connect();
    // Without the lock's connection there is no lock any more.
    holder.on('error', stop);
    signal.addEventListener('abort', stop);
    await lockMigrations(holder, { log, signal, waitMs });
    await refuseDevelopment(client);
    const retries = { client, log, signal, waitMs };
    const before = new Set(await namesThatRan(client));
    await untilLocked(retries, () => migrateFolders(client, log, [engineFolder, ...folders]));
    const names = (await namesThatRan(client)).filter((name) => !before.has(name));
    if (names.length > 0) log.info({ migrations: names }, 'database migrated');
    for (const { statement, values } of installs)
      await untilLocked(retries, () => client.query(statement, [...values]));
    return names;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new SetupError(
      'migrate was told to stop: what it had finished stays, the migration at hand was undone',
      {
        cause: error,
      },
    );
  } finally {
    signal.removeEventListener('abort', stop);
    holder.off('error', stop);
    await Promise.allSettled([client.end(), holder.end()]);
  }
}

/** Until 0.1.0 the migrations were other ones, which left another list of what ran. */
async function refuseDevelopment(client: DatabaseClient): Promise<void> {
  const { rows } = await client.query<{ old: string | null }>(
    `SELECT to_regclass('public.switchyard_migrations')::text AS old`,
  );
  if (rows[0]?.old == null) return;
  throw new SetupError(
    'This database was made by a version before 0.1.0, whose tables cannot be brought up to date. ' +
      'Begin with a new one (`npm start` keeps its own in .data: remove that folder).',
  );
}

/** A server notices at the end of a statement that its client is gone: it is told. */
async function breakOff(client: DatabaseClient, holder: DatabaseClient): Promise<void> {
  const { backendId } = client;
  if (backendId !== undefined)
    await holder.query('SELECT pg_cancel_backend($1)', [backendId]).catch(() => undefined); // it ends all the same
  await client.end();
  await holder.end();
}
