import type { Client } from '@temporalio/client';
import { type Pool, withDefaults } from 'pg-switchyard';
import { migratePipelines } from 'pg-switchyard/admin';
import type { BenchContext } from '../context.ts';
import { startNoOpProcess } from '../processes.ts';
import {
  openClient,
  openPool,
  shippedEnvironment,
  startBenchPostgres,
  startBenchTemporal,
} from '../servers.ts';
import { noOp, taskQueue } from './application.ts';

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
  await migratePipelines(databaseUrl, context.log, [noOp(withDefaults({ databaseUrl, taskQueue }))]);
  const env = await shippedEnvironment(context, { databaseUrl, temporalAddress });
  const pool = await openPool(context, databaseUrl, 10);
  await Promise.all([startNoOpProcess(context, 'worker', env), startNoOpProcess(context, 'starter', env)]);
  return { pool, client: await openClient(context, temporalAddress), taskQueue };
}
