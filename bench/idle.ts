import { setTimeout as pause } from 'node:timers/promises';
import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import type { Pool } from '../src/platform/database.ts';
import { atMost, type Benchmark } from './benchmark.ts';
import { startProductRole } from './processes.ts';
import { openPool, shippedEnvironment, startBenchPostgres, startBenchTemporal } from './servers.ts';

const windowMs = 20_000;
/** Backends tell their counters at most this late (PGSTAT_IDLE_INTERVAL, 10 s), and the starter falls asleep before. */
const settleMs = 15_000;

export const idle: Benchmark = {
  name: 'idle',
  about: `transactions a second of one idle starter, over ${windowMs / 1000} s each`,
  async run(context) {
    const [databaseUrl, temporalAddress] = await Promise.all([
      startBenchPostgres(context),
      startBenchTemporal(context),
    ]);
    await migrateAll(databaseUrl, context.log, loadSettings({}));
    const env = await shippedEnvironment(context, { databaseUrl, temporalAddress });
    await startProductRole(context, 'starter', env);
    // From a database of its own, so that looking does not count.
    const elsewhere = new URL(databaseUrl);
    elsewhere.pathname = '/postgres';
    const pool = await openPool(context, elsewhere.href, 1);
    await pause(settleMs);
    const values = await context.repeat('an idle starter', async () => {
      const [before, began] = [await transactionsOf(pool), performance.now()];
      await pause(windowMs);
      const [after, ended] = [await transactionsOf(pool), performance.now()];
      return (after - before) / ((ended - began) / 1000);
    });
    return [{ name: 'one idle starter', unit: 'transactions/s', values, goal: atMost(1) }];
  },
};

async function transactionsOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ transactions: number }>(
    `SELECT (xact_commit + xact_rollback)::double precision AS transactions
       FROM pg_stat_database WHERE datname = 'switchyard'`,
  );
  const transactions = rows[0]?.transactions;
  if (transactions === undefined) throw new Error('pg_stat_database does not name the database');
  return transactions;
}
