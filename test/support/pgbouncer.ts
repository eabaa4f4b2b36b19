import { execFile } from 'node:child_process';
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { inject } from 'vitest';
import { postgresAccount } from '../../server/dev/account.ts';
import { startChild } from '../../server/dev/child.ts';
import { freePort } from '../../server/dev/ports.ts';
import { until } from './until.ts';

const run = promisify(execFile);

export interface PgBouncer {
  /** The same database through it. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** The program; installed where root may and apt can. `undefined`: this machine has neither. */
export async function findPgBouncer(): Promise<string | undefined> {
  const there = await installedPgBouncer();
  if (there !== undefined || process.getuid?.() !== 0) return there;
  // RUNLEVEL=1: the package must not start a service of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'pgbouncer'], { env });
  } catch {
    return undefined; // no apt, or no network
  }
  return installedPgBouncer();
}

/** In the titles of tests that are left out without it. */
export const noteOf = (program: string | undefined): string =>
  program === undefined ? ' (left out: no pgbouncer here, and none could be installed)' : '';

async function installedPgBouncer(): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin']) {
    const path = join(folder, 'pgbouncer');
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** One before this run's Postgres, with what its package sets but for the mode and the size of the pool. */
export async function startPgBouncer(
  command: string,
  { mode, poolSize }: { mode: 'transaction' | 'session'; poolSize: number },
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  await chmod(folder, 0o777); // it refuses to run as root, and writes its log here
  const port = await freePort();
  const config = join(folder, 'pgbouncer.ini');
  const { port: postgresPort } = new URL(inject('postgresUrl'));
  await writeFile(
    config,
    `[databases]
* = host=127.0.0.1 port=${postgresPort} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${poolSize}
`,
  );
  const account = await postgresAccount();
  const child = await startChild({
    command,
    args: [config],
    env: {},
    logFile: join(folder, 'pgbouncer.log'),
    stopSignal: 'SIGTERM',
    cwd: folder,
    account,
  });
  const through = (databaseUrl: string) => {
    const url = new URL(databaseUrl);
    url.port = String(port);
    return url.href;
  };
  await until(() => answers(through(inject('postgresUrl'))));
  return {
    through,
    stop: async () => {
      await child.stop(5_000);
      await rm(folder, { recursive: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // told by connect as well
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}
