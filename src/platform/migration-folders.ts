import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { refuseMisfits } from './adoption.ts';
import type { DatabaseClient } from './database-client.ts';
import { SetupError } from './errors.ts';
import type { Logger } from './logging.ts';

/** As node-pg-migrate names what it runs: the file's name without its ending. */
const migrationFile = /^(\d+_.*)[.]sql$/;
const anyOtherFile = String.raw`(?!\d+_.*[.]sql$).*`;

interface Folder {
  readonly path: string;
  readonly names: readonly string[];
}

/**
 * Runs what has not run yet of each folder, the first one's before all others. Before the others', what they would adopt is looked
 * at, all at once: nothing is changed while a table does not fit.
 * @returns the names of those that ran now
 */
export async function migrateFolders(
  client: DatabaseClient,
  log: Logger,
  [engine, ...pipelines]: readonly [URL, ...URL[]],
): Promise<string[]> {
  const first = await readFolder(engine);
  const others = await Promise.all(pipelines.map(readFolder));
  refuseSameNames([first, ...others]);
  await createSchema(client);
  const applied = await runFolder(client, log, first);
  const ran = await namesThatRan(client);
  const untouched = others.filter(({ names }) => !names.some((name) => ran.has(name)));
  await refuseMisfits(
    client,
    untouched.map(({ path }) => path),
  );
  for (const folder of others) applied.push(...(await runFolder(client, log, folder)));
  return applied;
}

/** The names of a folder's migrations, as `switchyard.migrations` lists those that ran. */
export const migrationNames = async (url: URL): Promise<readonly string[]> => (await readFolder(url)).names;

async function readFolder(url: URL): Promise<Folder> {
  const path = fileURLToPath(url);
  const files = await readdir(path);
  return { path, names: files.flatMap((file) => migrationFile.exec(file)?.[1] ?? []) };
}

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

async function namesThatRan(client: DatabaseClient): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM switchyard.migrations');
  return new Set(rows.map(({ name }) => name));
}

async function runFolder(client: DatabaseClient, log: Logger, { path }: Folder): Promise<string[]> {
  const applied = await runner({
    dbClient: client,
    dir: path,
    ignorePattern: anyOtherFile,
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
  return applied.map(({ name }) => name);
}
