import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Logger } from './logging.ts';

const migrationsDir = fileURLToPath(new URL('../../migrations', import.meta.url));

/** A statement that makes what depends on settings; run after the migrations, each time. */
interface Install {
  readonly statement: string;
  readonly values: readonly string[];
}

/**
 * Brings the database up to date, in order, each migration in its own transaction, or in two where its file commits in between: then
 * what stands before the COMMIT bears being run again. Processes that start together
 * wait for each other (an advisory lock of node-pg-migrate); a migration that ran is never run again.
 * @throws the database's own error, naming the migration; what ran before it stays
 */
export async function migrate(
  databaseUrl: string,
  log: Logger,
  installs: readonly Install[] = [],
): Promise<string[]> {
  const applied = await runner({
    databaseUrl,
    dir: migrationsDir,
    migrationsTable: 'switchyard_migrations',
    direction: 'up',
    singleTransaction: false,
    advisoryLockMode: 'wait',
    logger: {
      debug: (message) => log.debug(message),
      info: (message) => log.debug(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    },
  });
  const names = applied.map((migration) => migration.name);
  if (names.length > 0) log.info({ migrations: names }, 'database migrated');
  await install(databaseUrl, installs);
  return names;
}

async function install(databaseUrl: string, installs: readonly Install[]): Promise<void> {
  if (installs.length === 0) return;
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'switchyard migrate' });
  await client.connect();
  try {
    for (const { statement, values } of installs) await client.query(statement, [...values]);
  } finally {
    await client.end();
  }
}
