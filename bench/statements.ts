import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from '../src/platform/database.ts';
import { atMost, type Benchmark } from './benchmark.ts';
import type { BenchContext } from './context.ts';
import { type NoOpFleet, startNoOpFleet } from './no-op/fleet.ts';

const jobsEach = 5;
/** Long enough for a job to end, and for the looks that follow it. */
const windowMs = 2_000;
const warmUpMs = 8_000;

export const statements: Benchmark = {
  name: 'statements',
  about: 'how many statements the starter sends for one job while nothing else waits',
  async run(context) {
    const fleet = await startNoOpFleet(context);
    await fleet.pool.query(`SELECT switchyard.create_queue('alone', 'oneActivity', $1)`, [fleet.taskQueue]);
    for (const insert of Object.values(inserts)) await insert(fleet);
    await logStatements(fleet.pool);
    await pause(warmUpMs);
    const what = `${jobsEach} jobs of each kind, one at a time`;
    const rounds = await context.repeat(what, async () => ({
      fenced: await countStatements(context, fleet),
      watched: await countStatements(context, fleet, inserts.watched),
    }));
    return [
      { name: 'statements a fenced job', unit: '', values: rounds.map((r) => r.fenced), goal: atMost(9) },
      { name: 'statements a watched job', unit: '', values: rounds.map((r) => r.watched) },
    ];
  },
};

/** Postgres logs each statement from now on, behind the name of who sent it. */
export async function logStatements(pool: Pool): Promise<void> {
  await pool.query(`ALTER SYSTEM SET log_line_prefix = '%a|'`);
  await pool.query(`ALTER SYSTEM SET log_statement = 'all'`);
  await pool.query('SELECT pg_reload_conf()');
}

/** How many statements the starter sends for one job more than without, while each job is alone. */
export async function countStatements(
  context: BenchContext,
  fleet: NoOpFleet,
  insert: (fleet: NoOpFleet) => Promise<unknown> = inserts.fenced,
): Promise<number> {
  const idle = await countWhile(context, () => oneByOne(async () => undefined));
  const busy = await countWhile(context, () => oneByOne(() => insert(fleet)));
  return (busy - idle) / jobsEach;
}

const inserts = {
  fenced: ({ pool }: NoOpFleet) => pool.query('INSERT INTO no_op_jobs DEFAULT VALUES'),
  watched: ({ pool }: NoOpFleet) => pool.query(`SELECT switchyard.enqueue('alone')`),
};

async function oneByOne(insert: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < jobsEach; i += 1) {
    await insert();
    await pause(windowMs);
  }
}

/** How many statements the starter sent meanwhile. Several in one message count once: they are parsed and answered together. */
async function countWhile({ folder }: BenchContext, work: () => Promise<void>): Promise<number> {
  const file = join(folder, 'postgres.log');
  const from = (await stat(file)).size;
  await work();
  const log = await open(file);
  try {
    const { buffer, bytesRead } = await log.read({
      position: from,
      buffer: Buffer.alloc((await stat(file)).size - from),
    });
    const text = buffer.subarray(0, bytesRead).toString();
    return text.match(/^switchyard starter [^|]*\|LOG: {2}(statement|execute)/gm)?.length ?? 0;
  } finally {
    await log.close();
  }
}
