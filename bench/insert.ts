import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import type { Pool } from '../src/platform/database.ts';
import { atLeast, type Benchmark, type Measure } from './benchmark.ts';
import type { BenchContext } from './context.ts';
import { treeCpuSeconds } from './processes.ts';
import { openPool, startBenchPostgres } from './servers.ts';
import { ratios } from './statistics.ts';

const writers = 16;
const windowMs = 1_500;

/** What each writer does again and again, by the table. */
const tables = {
  jobs: `INSERT INTO jobs (upload_path) VALUES ('none.pdf')`,
  'switchyard_jobs.strangers': `INSERT INTO switchyard_jobs.strangers (id, workflow_id) VALUES (gen_random_uuid(), 'none')`,
};

export const insert: Benchmark = {
  name: 'insert',
  about: `rows of ${writers} writers, each a transaction, with the triggers of a queue and without any`,
  async run(context) {
    const databaseUrl = await startBenchPostgres(context);
    await migrateAll(databaseUrl, context.log, loadSettings({}));
    const pool = await openPool(context, databaseUrl, writers);
    await pool.query(`SELECT switchyard.create_queue('strangers', 'nothing', 'nobody')`);
    const measures: Measure[] = [];
    for (const [table, statement] of Object.entries(tables))
      measures.push(...(await compareWriters(context, pool, { table, statement })));
    return measures;
  },
};

interface Written {
  /** A second. */
  rows: number;
  /** Of Postgres for one row, in microseconds. */
  cpu: number;
}

/** Rows a second, and CPU time of Postgres a row, with all triggers of the table and without any. */
export async function compareWriters(
  context: BenchContext,
  pool: Pool,
  { table, statement }: { table: string; statement: string },
): Promise<Measure[]> {
  const write = async (triggers: 'ENABLE' | 'DISABLE') => {
    await pool.query(`ALTER TABLE ${table} ${triggers} TRIGGER USER`);
    return writeRows(context, pool, statement);
  };
  await write('ENABLE');
  const rounds = await context.repeat(`writers of ${table}`, async (repetition) => {
    const round = { ENABLE: { rows: 0, cpu: 0 }, DISABLE: { rows: 0, cpu: 0 } };
    const [first, second] =
      repetition % 2 === 0 ? (['ENABLE', 'DISABLE'] as const) : (['DISABLE', 'ENABLE'] as const);
    for (const triggers of [first, second, second, first]) {
      const { rows, cpu } = await write(triggers);
      round[triggers].rows += rows / 2;
      round[triggers].cpu += cpu / 2;
    }
    return round;
  });
  const of = (triggers: 'ENABLE' | 'DISABLE', what: keyof Written) =>
    rounds.map((round) => round[triggers][what]);
  return [
    { name: `${table}, with triggers`, unit: 'rows/s', values: of('ENABLE', 'rows') },
    {
      name: `${table}, with / without`,
      unit: '',
      values: ratios(of('ENABLE', 'rows'), of('DISABLE', 'rows')),
      goal: atLeast(0.85),
    },
    { name: `${table}, CPU of Postgres a row with triggers`, unit: 'µs', values: of('ENABLE', 'cpu') },
    {
      name: `${table}, CPU a row, without / with`,
      unit: '',
      values: ratios(of('DISABLE', 'cpu'), of('ENABLE', 'cpu')),
    },
  ];
}

async function writeRows({ folder }: BenchContext, pool: Pool, statement: string): Promise<Written> {
  const postmaster = Number((await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
  const [before, began] = [await treeCpuSeconds(postmaster), performance.now()];
  let rows = 0;
  const write = async () => {
    while (performance.now() - began < windowMs) {
      await pool.query(statement);
      rows += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  const seconds = (performance.now() - began) / 1_000;
  return { rows: rows / seconds, cpu: (((await treeCpuSeconds(postmaster)) - before) * 1e6) / rows };
}
