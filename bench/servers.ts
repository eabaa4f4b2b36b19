import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { freePort } from '../server/dev/ports.ts';
import { startPostgres } from '../server/dev/postgres.ts';
import { roleEnv } from '../server/dev/role-env.ts';
import { startTemporalCluster } from '../server/dev/temporal-cluster/start.ts';
import { startTemporalServer } from '../server/dev/temporal-server.ts';
import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import { createPool, type Pool, quoteName } from '../src/platform/database.ts';
import { environment } from '../src/platform/environment.ts';
import { createTemporalClient } from '../src/platform/temporal.ts';
import type { BenchContext } from './context.ts';

const stopWithinMs = 20_000;
/** As the image has one: processes that find there what Node compiled load no compiler of TypeScript. */
const compiled = fileURLToPath(new URL('../node_modules/.cache/switchyard/compiled', import.meta.url));
/** A pool that is in the middle of a long statement is left to the end of its server. */
const poolEndWithinMs = 1_000;

/** Postgres as `npm start` runs it, fsync on, empty, with more `settings`. Answers the address of the database `switchyard`. */
export async function startBenchPostgres(
  context: BenchContext,
  settings: readonly string[] = [],
): Promise<string> {
  const server = await context.own(
    async () =>
      startPostgres({
        dataDir: join(context.folder, 'postgres'),
        logFile: join(context.folder, 'postgres.log'),
        port: await freePort(),
        settings,
      }),
    ({ child }) => child.stop(stopWithinMs),
  );
  return server.url;
}

/** Temporal's dev server as `npm start` runs it, but in memory; with `--temporal real` a cluster. Answers its address. */
export async function startBenchTemporal(context: BenchContext): Promise<string> {
  const folder = join(context.folder, 'temporal');
  const { say } = context;
  const server = await context.own(
    async () => {
      if (context.temporal === 'real') return startTemporalCluster({ folder, say });
      const { address, child } = await startTemporalServer({ folder, port: await freePort(), say });
      return { address, stop: (graceMs: number) => child.stop(graceMs) };
    },
    ({ stop }) => stop(stopWithinMs),
  );
  return server.address;
}

/** One more database on the same server, migrated. Answers its address. */
export async function createDatabase(
  context: BenchContext,
  serverUrl: string,
  name: string,
): Promise<string> {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const server = await openPool(context, serverUrl, 1);
  await server.query(`CREATE DATABASE ${quoteName(name)}`);
  await migrateAll(url.href, context.log, loadSettings({}));
  return url.href;
}

/** Connections of the benchmark itself. */
export function openPool(context: BenchContext, databaseUrl: string, max: number): Promise<Pool> {
  return context.own(
    () => {
      const pool = createPool({
        connectionString: databaseUrl,
        applicationName: 'switchyard bench',
        max,
        onError: () => undefined, // only when its server ends, and then by our wish
        idleInTransactionMs: 0, // one of them holds an old snapshot open
      });
      pool.on('connect', (client) => client.on('error', () => undefined));
      return pool;
    },
    (pool) => Promise.race([pool.end(), pause(poolEndWithinMs)]),
  );
}

export function openClient(context: BenchContext, address: string): Promise<Client> {
  return context.own(
    () =>
      createTemporalClient(
        { connection: { address }, namespace: 'default', dataConverter: {} },
        'switchyard bench',
      ),
    (client) => client.connection.close(),
  );
}

/** The environment of the processes: where things are, and nothing else. All other settings are the shipped ones. */
export async function shippedEnvironment(
  context: BenchContext,
  at: { databaseUrl: string; temporalAddress: string },
): Promise<NodeJS.ProcessEnv> {
  const noProfileFile = join(context.folder, 'no-profile.toml');
  await writeFile(noProfileFile, '[profile.default]\n');
  const env = { PATH: environment()['PATH'], MALLOC_ARENA_MAX: '2', NODE_COMPILE_CACHE: compiled };
  return roleEnv({ env, dataDir: context.folder, noProfileFile, ...at });
}
