import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { startChild, untilServing } from '../../server/dev/child.ts';
import { freePort } from '../../server/dev/ports.ts';
import { checkoutDir } from '../../server/dev/roles.ts';
import { migratePipelines } from '../../src/admin/migrate-pipelines.ts';
import type { Pool } from '../../src/platform/database.ts';
import type { BenchContext } from '../context.ts';
import { answersOk } from '../processes.ts';
import {
  openClient,
  openPool,
  shippedEnvironment,
  startBenchPostgres,
  startBenchTemporal,
} from '../servers.ts';

export const taskQueue = 'strangers';
const stopWithinMs = 20_000;

/** The stock process as a stranger starts it, a worker of theirs, and connections of the benchmark. */
export interface WatchedFleet {
  pool: Pool;
  client: Client;
}

export async function startWatchedFleet(context: BenchContext): Promise<WatchedFleet> {
  const [databaseUrl, temporalAddress] = await Promise.all([
    startBenchPostgres(context),
    startBenchTemporal(context),
  ]);
  await migratePipelines(databaseUrl, context.log, []);
  const env = await shippedEnvironment(context, { databaseUrl, temporalAddress });
  const pool = await openPool(context, databaseUrl, 10);
  await Promise.all([startStockStarter(context, env), startStrangersWorker(context, env)]);
  return { pool, client: await openClient(context, temporalAddress) };
}

/** `switchyard start starter`. */
async function startStockStarter(context: BenchContext, env: NodeJS.ProcessEnv): Promise<void> {
  const port = await freePort();
  const logFile = join(context.folder, 'starter.log');
  await startProcess(context, {
    name: 'the stock starter',
    args: [join(checkoutDir, 'src/cli/main.ts'), 'start', 'starter'],
    env: { ...env, HEALTH_PORT: String(port) },
    logFile,
    isReady: () => answersOk(`http://127.0.0.1:${port}/health/ready`),
  });
}

async function startStrangersWorker(context: BenchContext, env: NodeJS.ProcessEnv): Promise<void> {
  const logFile = join(context.folder, 'strangers-worker.log');
  await startProcess(context, {
    name: "the stranger's worker",
    args: [join(checkoutDir, 'bench/watched/worker.ts')],
    env: { ...env, BENCH_TASK_QUEUE: taskQueue },
    logFile,
    isReady: async () => (await readFile(logFile, 'utf8')).includes('the worker runs'),
  });
}

async function startProcess(
  context: BenchContext,
  options: {
    name: string;
    args: string[];
    env: NodeJS.ProcessEnv;
    logFile: string;
    isReady: () => Promise<boolean>;
  },
): Promise<void> {
  const { name, args, env, logFile, isReady } = options;
  const child = await context.own(
    () =>
      startChild({
        command: process.execPath,
        args,
        env,
        logFile,
        stopSignal: 'SIGTERM',
        cwd: checkoutDir,
      }),
    (started) => started.stop(stopWithinMs),
  );
  await untilServing(name, child, logFile, isReady);
}
