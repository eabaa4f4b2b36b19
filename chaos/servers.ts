import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { startPostgres } from '../server/dev/postgres.ts';
import type { TemporalKind } from '../server/dev/temporal-cluster/start.ts';
import { startTemporalServer } from '../server/dev/temporal-server.ts';
import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import { createPool, type Pool } from '../src/platform/database.ts';
import type { Logger } from '../src/platform/logging.ts';
import { createTemporalClient } from '../src/platform/temporal.ts';
import { databaseUrlAt, provideAccount, usersUrlAt } from './administrator.ts';
import { type ChaosCluster, startCluster } from './cluster.ts';
import type { Load } from './load.ts';
import type { Processes } from './processes.ts';
import { installRefusals } from './refusals.ts';
import { installWitness } from './witness.ts';

/** Postgres and Temporal, and connections of those who use the system and of the checks: not through a proxy. */
export interface Servers {
  ports: { postgres: number; temporal: number };
  /** `undefined`: Temporal is the development server. */
  cluster: ChaosCluster | undefined;
  pool: Pool;
  client: Client;
}

/** Both keep their data over a kill: Postgres with fsync, Temporal in a file or a Postgres of its own. */
export async function startServers(
  processes: Processes,
  options: {
    folder: string;
    ports: { postgres: number; temporal: number };
    temporal: TemporalKind;
    loads: readonly Load[];
    log: Logger;
  },
): Promise<Servers> {
  const { folder, ports, loads } = options;
  const queues = loads.map(({ queue }) => queue);
  const [, cluster] = await Promise.all([
    processes.start('postgres', 'SIGQUIT', () => launchPostgres(folder, ports.postgres)),
    options.temporal === 'real'
      ? startCluster(processes, { folder: join(folder, 'temporal'), port: ports.temporal })
      : processes.start('temporal', 'SIGKILL', () => launchTemporal(folder, ports.temporal)),
  ]);
  const pool = createPool({
    connectionString: usersUrlAt(ports.postgres),
    applicationName: 'chaos',
    max: 10,
    onError: () => undefined, // Postgres is stopped on purpose
  });
  processes.atEnd(() => pool.end());
  await provideAccount(ports.postgres);
  await migrateAll(databaseUrlAt(ports.postgres), options.log, loadSettings({}));
  for (const load of loads) await load.define?.(pool);
  await installWitness(pool, queues);
  await installRefusals(pool, queues);
  const client = createTemporalClient(
    { connection: { address: `127.0.0.1:${ports.temporal}` }, namespace: 'default', dataConverter: {} },
    'chaos',
  );
  processes.atEnd(() => client.connection.close());
  return { ports, cluster: cluster ?? undefined, pool, client };
}

async function launchPostgres(folder: string, port: number) {
  const logFile = join(folder, 'postgres.log');
  return (await startPostgres({ dataDir: join(folder, 'postgres'), logFile, port })).child;
}

async function launchTemporal(folder: string, port: number) {
  return (await startTemporalServer({ folder: join(folder, 'temporal'), port, keep: true })).child;
}
