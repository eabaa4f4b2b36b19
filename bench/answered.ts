import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withDefaults } from 'pg-switchyard';
import { migratePipelines } from 'pg-switchyard/admin';
import { startChild, untilServing } from '../server/dev/child.ts';
import { freePort, isListening } from '../server/dev/ports.ts';
import { checkoutDir } from '../server/dev/roles.ts';
import type { Pool } from '../src/platform/database.ts';
import { batchSetting } from './answered/queue.ts';
import { atLeast, atMost, type Benchmark, type Measure } from './benchmark.ts';
import type { BenchContext } from './context.ts';
import { type Used, usedBy } from './disturbance.ts';
import { noOp, taskQueue } from './no-op/application.ts';
import { peakMemoryMB, startNoOpProcess } from './processes.ts';
import { openPool, shippedEnvironment, startBenchPostgres } from './servers.ts';
import { ratios } from './statistics.ts';

const jobsEach = 5_000;
const batch = 100;
const lookEveryMs = 20;
const stalledAfterMs = 300_000;
const stopWithinMs = 10_000;
const processes = { postgres: /postgres/, starter: /answered\/starter/, temporal: /answered\/temporal/ };

export const answered: Benchmark = {
  name: 'answered',
  about: `jobs a second that one starter and three claim, start and mark, ${jobsEach} at once, with a Temporal that answers at once`,
  async run(context) {
    const databaseUrl = await startBenchPostgres(context, ['max_wal_size=4GB']);
    await migratePipelines(databaseUrl, context.log, [noOp(withDefaults({ databaseUrl, taskQueue }))]);
    const temporalAddress = await startAnsweringTemporal(context);
    const env = {
      ...(await shippedEnvironment(context, { databaseUrl, temporalAddress })),
      [batchSetting]: String(batch),
    };
    const pool = await openPool(context, databaseUrl, 2);
    const pids: number[] = [];
    const addStarter = async () => {
      const { pid } = await startNoOpProcess(context, 'starter', env, 'bench/answered/starter.ts');
      pids.push(pid);
    };
    await addStarter();
    await startAll(pool);
    const one = await context.repeat('one starter', () => measure(pool, pids));
    await addStarter();
    await addStarter();
    await startAll(pool);
    const three = await context.repeat('three starters', () => measure(pool, pids));
    return [...measuresOf('one starter', one), ...measuresOf('three starters', three)];
  },
};

interface Round extends Used {
  value: number;
  rate: number;
  peakMB: number[];
}

/** One burst until the last row is in flight. */
async function measure(pool: Pool, pids: readonly number[]): Promise<Round> {
  const used = await usedBy(processes, () => startAll(pool));
  return { ...used, rate: jobsEach / (used.value / 1000), peakMB: await Promise.all(pids.map(peakMemoryMB)) };
}

/** Answers how long it took, from after the INSERT. */
async function startAll(pool: Pool): Promise<number> {
  await pool.query('TRUNCATE no_op_jobs');
  await pool.query('INSERT INTO no_op_jobs (label) SELECT $1 FROM generate_series(1, $2)', [
    'nothing',
    jobsEach,
  ]);
  const began = performance.now();
  while (await anyWaits(pool)) {
    if (performance.now() - began > stalledAfterMs)
      throw new Error(`rows wait ${stalledAfterMs} ms after they were inserted; see what the starter logs`);
    await pause(lookEveryMs);
  }
  return performance.now() - began;
}

async function anyWaits(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ waits: boolean }>(
    `SELECT EXISTS (SELECT FROM no_op_jobs WHERE status = 'queued' AND run_at IS NULL) AS waits`,
  );
  return rows[0]?.waits === true;
}

function measuresOf(who: string, rounds: readonly Round[]): Measure[] {
  const cpu = (name: string) => rounds.map((round) => ((round.cpu[name] ?? 0) / jobsEach) * 1000);
  const memory = rounds.map(({ peakMB }) => Math.max(...peakMB));
  return [
    {
      name: `${who}: jobs started`,
      unit: 'jobs/s',
      values: rounds.map(({ rate }) => rate),
      ...(who === 'one starter' && { goal: atLeast(5_000) }),
    },
    ...Object.keys(processes).map((name) => ({
      name: `${who}: CPU a job, ${name}`,
      unit: 'µs',
      values: cpu(name),
    })),
    { name: `${who}: peak memory`, unit: 'MB', values: memory },
    {
      name: `${who}: peak memory, last burst / first`,
      unit: '',
      values: ratios(memory.slice(-1), memory.slice(0, 1)),
      goal: atMost(1.1),
    },
    { name: `${who}: CPU that others used, of the machine`, unit: '', values: rounds.map((r) => r.byOthers) },
  ];
}

async function startAnsweringTemporal(context: BenchContext): Promise<string> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const logFile = join(context.folder, 'answered-temporal.log');
  await context.own(
    async () => {
      const child = await startChild({
        command: process.execPath,
        args: [join(checkoutDir, 'bench/answered/temporal.ts'), String(port)],
        env: {},
        logFile,
        stopSignal: 'SIGTERM',
      });
      await untilServing('the answering Temporal', child, logFile, () => isListening(port));
      return child;
    },
    (child) => child.stop(stopWithinMs),
  );
  return address;
}
