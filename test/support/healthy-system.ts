import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { inject } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { startPostgres } from '../../server/dev/postgres.ts';
import { type Diagnosis, type DoctorOptions, diagnose } from '../../src/operations/doctor/doctor.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { withDefaults } from '../../src/platform/default-settings.ts';
import { migrate } from '../../src/platform/migrate.ts';
import type { Settings } from '../../src/platform/settings.ts';
import { systemPipeline } from '../../src/worker/system-pipeline.ts';
import { runStock, type StockProcess } from '../watched/process/stock.ts';
import { silentLogger } from './logger.ts';
import { startPlainWorker } from './plain-worker.ts';
import { connectTemporal } from './temporal.ts';
import { until } from './until.ts';

const workflowsPath = fileURLToPath(new URL('./watched/workflows.ts', import.meta.url));

type Options = Partial<DoctorOptions> & { set?: Partial<Settings>; env?: Record<string, string> };

/** A Postgres of its own as it is in production, a starter and a worker as a process, and an application's worker. */
export interface HealthySystem {
  url: string;
  pool: Pool;
  client: Client;
  settings: Settings;
  postgresFolder: string;
  /** The task queue of the application's worker. */
  applicationTaskQueue: string;
  /** Ends starter and worker. */
  stopProcess(): Promise<void>;
  /** Makes a watched queue of the application's worker, with a table `<name>_source`, and waits until it is served. */
  addQueue(name: string): Promise<void>;
  run(statement: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** What doctor finds; `set` are settings, `env` variables of Temporal's own configuration. */
  diagnose(options?: Options): Promise<Diagnosis>;
  /** The codes and subjects of that. */
  codes(options?: Options): Promise<string[]>;
  close(): Promise<void>;
}

const serverSettings = [
  'max_connections=60',
  'max_prepared_transactions=10',
  'wal_level=logical',
  'fsync=off',
];

/**
 * Opens one, in which doctor finds nothing.
 * @param temporal the address of a Temporal server of its own; left out: the run's
 */
export async function openHealthySystem(temporal = inject('temporalAddress')): Promise<HealthySystem> {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  await chmod(folder, 0o755); // Postgres may run as another user
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    port: await freePort(),
    settings: serverSettings,
  });
  const { url } = postgres;
  await migrate(url, silentLogger);
  const { connection, client, close } = await connectTemporal(temporal);
  const pool = createPool({
    connectionString: url,
    applicationName: 'test',
    max: 10,
    onError: () => undefined,
  });
  const suffix = randomBytes(4).toString('hex');
  const settings = withDefaults({
    databaseUrl: url,
    taskQueue: `doctor-${suffix}`,
    resultRoot: folder,
    stagingRoot: folder,
  });
  const applicationTaskQueue = `application-${suffix}`;
  const running = await startProcess(url, temporal, settings.taskQueue);
  const stopWorker = await startPlainWorker({ connection, taskQueue: applicationTaskQueue, workflowsPath });
  const stopProcess = async () => {
    running.kill('SIGTERM');
    await running.ended;
  };
  const system: HealthySystem = {
    url,
    pool,
    client,
    settings,
    postgresFolder: postgres.dataDir,
    applicationTaskQueue,
    stopProcess,
    run: async (statement, values = []) => (await pool.query(statement, values)).rows,
    async addQueue(name) {
      await system.run(`CREATE TABLE ${name}_source (id serial PRIMARY KEY, job_status text)`);
      await system.run(
        `SELECT switchyard.add_queue($1, $2::text::regclass, workflow => 'echo', task_queue => $3, mirror => '{"status": "job_status"}')`,
        [name, `${name}_source`, applicationTaskQueue],
      );
      await untilServed(pool, name);
    },
    diagnose: ({ set = {}, env = {}, ...options } = {}) =>
      withEnvironment({ TEMPORAL_ADDRESS: temporal, ...env }, () => {
        const own = { ...settings, ...set };
        return diagnose({ settings: own, queues: systemPipeline(own).queues, ...options });
      }),
    async codes(options) {
      const { findings } = await system.diagnose(options);
      return findings.map(({ code, subject }) => `${code} ${subject}`);
    },
    async close() {
      await stopProcess();
      await stopWorker();
      await close();
      await pool.end();
      await postgres.child.stop(10_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await system.addQueue('mails');
  await until(async () => (await system.codes())[0] === allWell);
  return system;
}

/** What the codes are when nothing is wrong. */
export const allWell = 'ALL_WELL switchyard';

/** Starter and worker. */
async function startProcess(url: string, temporal: string, taskQueue: string): Promise<StockProcess> {
  const started = runStock(['start'], {
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: temporal,
    TASK_QUEUE: taskQueue,
    WORKER_ID: 'doctor-test',
    RECONCILE_INTERVAL: '1000',
  });
  await until(async () => started.said('starter runs') !== undefined);
  return started;
}

const untilServed = (pool: Pool, queue: string) =>
  until(async () => {
    const { rowCount } = await pool.query(
      'SELECT FROM switchyard.watches WHERE queue = $1 AND held_until > clock_timestamp()',
      [queue],
    );
    return rowCount === 1;
  });

/** Temporal's own configuration is read from the environment. */
export async function withEnvironment<T>(env: Record<string, string>, act: () => Promise<T>): Promise<T> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    return await act();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
