import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode } from '@temporalio/worker';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import type { Pool } from '../../src/platform/database.ts';
import type { BenchContext } from '../context.ts';
import { startNoOpProcess } from '../processes.ts';
import {
  openClient,
  openPool,
  shippedEnvironment,
  startBenchPostgres,
  startBenchTemporal,
} from '../servers.ts';
import { noOpQueue, threeActivitiesQueue } from './queue.ts';
import { createJobTable } from './table.ts';

/** A starter and a worker of no-op jobs in processes of their own, and connections of the benchmark. */
export interface NoOpFleet {
  pool: Pool;
  client: Client;
  taskQueue: string;
}

export async function startNoOpFleet(context: BenchContext): Promise<NoOpFleet> {
  const [databaseUrl, temporalAddress] = await Promise.all([
    startBenchPostgres(context),
    startBenchTemporal(context),
  ]);
  await migrateAll(databaseUrl, context.log, loadSettings({}));
  const env: NodeJS.ProcessEnv = {
    ...(await shippedEnvironment(context, { databaseUrl, temporalAddress })),
    WORKFLOW_BUNDLE: await bundleWorkflows(context),
  };
  const settings = loadSettings(env);
  const pool = await openPool(context, databaseUrl, 10);
  await createJobTable(pool, noOpQueue(settings));
  await createJobTable(pool, threeActivitiesQueue(settings));
  await Promise.all([startNoOpProcess(context, 'worker', env), startNoOpProcess(context, 'starter', env)]);
  return { pool, client: await openClient(context, temporalAddress), taskQueue: settings.taskQueue };
}

async function bundleWorkflows(context: BenchContext): Promise<string> {
  const path = join(context.folder, 'no-op-workflows.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    logger: quiet,
  });
  await writeFile(path, code);
  return path;
}

const ignore = () => undefined;
const quiet = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
