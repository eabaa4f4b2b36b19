import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { refuseMisfits } from './adoption.ts';
import type { DatabaseClient } from './database-client.ts';
import { SetupError } from './errors.ts';
import type { Logger } from './logging.ts';
import { sqlFiles } from './migration-files.ts';
import { migrationNames } from './migration-names.ts';

const anyOtherFile = String.raw`(?!\d+_.*[.]sql$).*`;

interface Folder {
  readonly path: string;
  readonly names: readonly string[];
}

/**
 * Runs what has not run yet of each folder, the first one's before all others. Before the others', what they would adopt is looked
 * at, all at once: nothing is changed while a table does not fit.
 */
export async function migrateFolders(
  client: DatabaseClient,
  log: Logger,
  [engine, ...pipelines]: readonly [URL, ...URL[]],
): Promise<void> {
  const first = await readFolder(engine);
  const others = await Promise.all(pipelines.map(readFolder));
  refuseSameNames([first, ...others]);
  await createSchema(client);
  await runFolder(client, log, first);
  const ran = new Set(await namesThatRan(client));
  const untouched = others.filter(({ names }) => !names.some((name) => ran.has(name)));
  await refuseMisfits(
    client,
    untouched.map(({ path }) => path),
  );
  for (const folder of others) await runFolder(client, log, folder);
}

const readFolder = async (url: URL): Promise<Folder> => ({
  path: fileURLToPath(url),
  names: await migrationNames(url),
});

/** One list for all folders: of two files of one name the second would count as run. */
function refuseSameNames(folders: readonly Folder[]): void {
  const seen = new Map<string, string>();
  for (const { path, names } of folders) {
    for (const name of names) {
      const other = seen.get(name);
      if (other !== undefined)
        throw new SetupError(
          `Two migrations have the name ${name}: in ${other} and in ${path}. Give one of them another name`,
        );
      seen.set(name, path);
    }
  }
}

/** For the list of what ran. CREATE SCHEMA IF NOT EXISTS asks for the right to create schemas also where it is there. */
async function createSchema(client: DatabaseClient): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regnamespace('switchyard') IS NOT NULL AS there`,
  );
  if (rows[0]?.there !== true) await client.query('CREATE SCHEMA switchyard');
}

/** The names of the migrations that the database has, in the order in which they ran. */
export async function namesThatRan(client: DatabaseClient): Promise<string[]> {
  const there = await client.query(`SELECT WHERE to_regclass('switchyard.migrations') IS NOT NULL`);
  if (there.rowCount === 0) return [];
  const { rows } = await client.query<{ name: string }>('SELECT name FROM switchyard.migrations ORDER BY id');
  return rows.map(({ name }) => name);
}

async function runFolder(client: DatabaseClient, log: Logger, { path }: Folder): Promise<void> {
  await runner({
    dbClient: client,
    dir: path,
    ignorePattern: anyOtherFile,
    migrationLoaderStrategies: sqlFiles,
    migrationsSchema: 'switchyard',
    migrationsTable: 'migrations',
    // One table lists the files of all folders, and this check knows those of one.
    checkOrder: false,
    direction: 'up',
    singleTransaction: false,
    noLock: true,
    logger: {
      debug: (message) => log.debug(message),
      info: (message) => log.debug(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    },
  });
}
