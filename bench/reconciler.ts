import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Pool } from '../src/platform/database.ts';
import { type ReconcileInput, reconcilerTaskQueue } from '../src/queues/reconciler.ts';
import { insertInChunks, settleTable } from './backlog.ts';
import { alwaysBelow, atMost, type Benchmark, type Measure } from './benchmark.ts';
import type { BenchContext } from './context.ts';
import { forgetPeakMemory, peakMemoryMB, startProductRole } from './processes.ts';
import {
  createDatabase,
  openClient,
  openPool,
  shippedEnvironment,
  startBenchPostgres,
  startBenchTemporal,
} from './servers.ts';
import { ratios } from './statistics.ts';

const fewRows = 1_000;
const manyRows = 1_000_000;
const lostWorkflows = 5_000;
const expiredRows = 2_000;
/** Of the pages that the housekeeping walks by. */
const pageRows = 1_000;
const memory = alwaysBelow(256);

export const reconciler: Benchmark = {
  name: 'reconciler',
  about: `passes over ${fewRows} and over ${manyRows} ended rows, rows whose workflows are lost, and rows that are too old`,
  async run(context) {
    const server = await startBenchPostgres(context);
    const address = await startBenchTemporal(context);
    const client = await openClient(context, address);
    const few = await startSide(context, { server, address, client, name: 'few', rows: fewRows });
    const many = await startSide(context, { server, address, client, name: 'many', rows: manyRows });
    return [
      ...(await comparePasses(context, few, many)),
      ...(await repairLost(context, many)),
      ...(await removeOld(context, many)),
    ];
  },
};

/** A worker of the product on a database of its own, whose rows ended half a day ago and are kept for one. */
interface Side {
  pid: number;
  pool: Pool;
  /** Runs a pass and answers how long it took in milliseconds. */
  pass(workflow: 'reconcile' | 'housekeep'): Promise<number>;
}

async function startSide(
  context: BenchContext,
  options: { server: string; address: string; client: Client; name: string; rows: number },
): Promise<Side> {
  const { server, address, client, name } = options;
  const databaseUrl = await createDatabase(context, server, name);
  const pool = await openPool(context, databaseUrl, 1);
  await fillEnded(context, pool, options.rows);
  const env = await shippedEnvironment(context, { databaseUrl, temporalAddress: address });
  const { pid } = await startProductRole(context, 'worker', {
    ...env,
    TASK_QUEUE: name,
    RETENTION_JOBS_DAYS: '1',
  });
  const input: ReconcileInput = { queues: ['invoices'], taskQueue: reconcilerTaskQueue(name) };
  const pass: Side['pass'] = async (workflow) => {
    const began = performance.now();
    await client.workflow.execute(workflow, { workflowId: randomUUID(), taskQueue: name, args: [input] });
    return performance.now() - began;
  };
  await pass('reconcile');
  return { pid, pool, pass };
}

/** Without triggers: none of these rows was ever a job. */
async function fillEnded(context: BenchContext, pool: Pool, rows: number): Promise<void> {
  await pool.query(`SET session_replication_role = replica`);
  await insertInChunks(context, `${rows} ended rows`, rows, (count) =>
    pool.query(
      `INSERT INTO jobs (id, upload_path, status, run_id, attempt, started_at, completed_at, result_path, result_bytes, result_sha256)
       SELECT id, id || '.pdf', 'complete', 'none', 1, ended, ended, 'results/' || id || '.xml', 0, repeat('0', 64)
         FROM (SELECT gen_random_uuid() AS id, clock_timestamp() - interval '12 hours' AS ended
                 FROM generate_series(1, $1)) AS new`,
      [count],
    ),
  );
  await pool.query(`SET session_replication_role = DEFAULT`);
  await settleTable(pool);
}

async function comparePasses(context: BenchContext, few: Side, many: Side): Promise<Measure[]> {
  const measure = async (side: Side) => {
    await forgetPeakMemory(side.pid);
    const [reconcileMs, housekeepMs] = [await side.pass('reconcile'), await side.pass('housekeep')];
    return { reconcileMs, housekeepMs, peakMB: await peakMemoryMB(side.pid) };
  };
  const rounds = await context.repeat('passes over few and many rows', async () => ({
    few: await measure(few),
    many: await measure(many),
  }));
  const [ofFew, ofMany] = [rounds.map((round) => round.few), rounds.map((round) => round.many)];
  const peaks = ofMany.map(({ peakMB }) => peakMB);
  const rows = `${manyRows} rows`;
  return [
    { name: `reconcile, ${fewRows} rows`, unit: 'ms', values: ofFew.map(({ reconcileMs }) => reconcileMs) },
    { name: `reconcile, ${rows}`, unit: 'ms', values: ofMany.map(({ reconcileMs }) => reconcileMs) },
    {
      name: `housekeep, ${rows}, a page of ${pageRows}`,
      unit: 'ms',
      values: ofMany.map(({ housekeepMs }) => (housekeepMs * pageRows) / manyRows),
    },
    { name: `peak memory of the worker, ${rows}`, unit: 'MB', values: peaks, goal: memory },
    {
      name: 'peak memory, many / few rows',
      unit: '',
      values: ratios(
        peaks,
        ofFew.map(({ peakMB }) => peakMB),
      ),
      goal: atMost(1.1),
    },
  ];
}

/** As after a namespace lost its data. */
async function repairLost(context: BenchContext, { pid, pool, pass }: Side): Promise<Measure[]> {
  await forgetPeakMemory(pid);
  const values = await context.repeat('rows whose workflows are lost', async () => {
    await pool.query(
      `INSERT INTO jobs (upload_path, status, run_id, attempt, started_at)
       SELECT 'none.pdf', 'processing', 'none', 1, clock_timestamp() FROM generate_series(1, $1)`,
      [lostWorkflows],
    );
    const ms = await pass('reconcile');
    await expectNone(pool, `status = 'processing'`);
    return (lostWorkflows * 1_000) / ms;
  });
  return [
    { name: `rows requeued, ${lostWorkflows} in flight`, unit: 'rows/s', values },
    {
      name: 'peak memory of the worker meanwhile',
      unit: 'MB',
      values: [await peakMemoryMB(pid)],
      goal: memory,
    },
  ];
}

async function removeOld(context: BenchContext, { pid, pool, pass }: Side): Promise<Measure[]> {
  const walkMs = await pass('housekeep');
  await forgetPeakMemory(pid);
  const values = await context.repeat('rows that are too old', async () => {
    await pool.query(
      `UPDATE jobs SET completed_at = completed_at - interval '1 day'
        WHERE id IN (SELECT id FROM jobs WHERE status = 'complete' ORDER BY id LIMIT $1)`,
      [expiredRows],
    );
    const ms = await pass('housekeep');
    await expectNone(pool, `status = 'complete' AND completed_at < clock_timestamp() - interval '1 day'`);
    return (expiredRows * 1_000) / (ms - walkMs);
  });
  return [
    { name: `rows removed, of ${manyRows}, beside the walk`, unit: 'rows/s', values },
    {
      name: 'peak memory of the worker while it removes',
      unit: 'MB',
      values: [await peakMemoryMB(pid)],
      goal: memory,
    },
  ];
}

async function expectNone(pool: Pool, which: string): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM jobs WHERE ${which} LIMIT 1`);
  if (rows[0] !== undefined) throw new Error(`job ${rows[0].id} was left: ${which}`);
}
