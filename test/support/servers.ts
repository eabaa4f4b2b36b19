import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../server/dev/ports.ts';
import { startPostgres } from '../../server/dev/postgres.ts';
import { startTemporalServer, type TemporalServer } from '../../server/dev/temporal-server.ts';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { databaseOwner, lettersTemplate, templateDatabase, withDatabase, withUser } from './database-name.ts';
import { silentLogger } from './logger.ts';

const lettersMigrations = new URL('letters/migrations/', import.meta.url);

export interface TestServers {
  /** Of the database `postgres`; beside it stand the migrated ones that tests copy. */
  postgresUrl: string;
  temporalAddress: string;
  /** Ends both and removes the folder. */
  stop(): Promise<void>;
}

type StartedTemporal = Pick<TemporalServer, 'address'> & { child: Pick<TemporalServer['child'], 'stop'> };

/** One real Postgres and one real Temporal, on free ports, with their data in `folder`. What fails leaves nothing running. */
export async function startTestServers(
  folder: string,
  startTemporal: (folder: string) => Promise<StartedTemporal> = startTestTemporal,
): Promise<TestServers> {
  await chmod(folder, 0o755); // Postgres may run as another user
  const starting = [startTestPostgres(folder), startTemporal(folder)] as const;
  const stop = async () => {
    for (const server of await Promise.allSettled(starting)) {
      if (server.status === 'fulfilled') await server.value.child.stop(20_000);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [postgres, temporal] = await Promise.all(starting);
    await prepareAccounts(withDatabase(postgres.url, 'postgres'));
    await migrateTemplates(postgres.url);
    return {
      postgresUrl: withDatabase(postgres.url, 'postgres'),
      temporalAddress: temporal.address,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What an administrator does once: the account that owns the databases may not create roles. */
async function prepareAccounts(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE ROLE ${databaseOwner} LOGIN`);
    await client.query(`ALTER DATABASE ${templateDatabase} OWNER TO ${databaseOwner}`);
    await client.query(`CREATE DATABASE ${lettersTemplate} OWNER ${databaseOwner}`);
    for (const role of ['starter', 'worker', 'api', 'reader', 'client', 'queue_owner'])
      await client.query(`CREATE ROLE switchyard_${role} NOLOGIN`);
  } finally {
    await client.end();
  }
}

async function migrateTemplates(url: string): Promise<void> {
  const ofOwner = (database: string) => withUser(withDatabase(url, database), databaseOwner);
  await Promise.all([
    migrateAll(ofOwner(templateDatabase), silentLogger, loadSettings({})),
    migrate(ofOwner(lettersTemplate), silentLogger, { folders: [lettersMigrations] }),
  ]);
}

/** A thousand databases a run, each there for a second: whatever is done for their later is work for nothing. */
const forShortLives = [
  'fsync=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'checkpoint_timeout=1h',
  'autovacuum=off',
];

/** A folder in memory where there is room for it: to copy and remove a database costs a tenth of what it does on a disk. */
export async function folderForServers(name: string): Promise<string> {
  const memory = '/dev/shm';
  const free = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return mkdtemp(join(free > 4 * 1024 ** 3 ? memory : tmpdir(), name));
}

async function startTestPostgres(folder: string) {
  return startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    port: await freePort(),
    settings: ['max_connections=300', 'max_prepared_transactions=10', ...forShortLives],
    installation: process.env['POSTGRES_INSTALLATION'], // as `npm run postgres-versions` sets it
  });
}

async function startTestTemporal(folder: string) {
  return startTemporalServer({ folder: join(folder, 'temporal'), port: await freePort() });
}
