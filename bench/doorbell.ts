import { setTimeout as pause } from 'node:timers/promises';
import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import type { Pool } from '../src/platform/database.ts';
import { completeInFlight, insertWaiting } from './backlog.ts';
import { atLeast, type Benchmark } from './benchmark.ts';
import { startProductRole } from './processes.ts';
import { openPool, shippedEnvironment, startBenchPostgres, startBenchTemporal } from './servers.ts';
import { ratios } from './statistics.ts';

const writers = 16;
const windowMs = 2_500;
const freeEveryMs = 100;
const freedEach = 10;

export const doorbell: Benchmark = {
  name: 'doorbell',
  about: `rows a second of ${writers} writers beside a busy starter, with and without the doorbell`,
  async run(context) {
    const [databaseUrl, temporalAddress] = await Promise.all([
      startBenchPostgres(context),
      startBenchTemporal(context),
    ]);
    await migrateAll(databaseUrl, context.log, loadSettings({}));
    const pool = await openPool(context, databaseUrl, writers + 2);
    await insertWaiting(pool, 1_000);
    const env = await shippedEnvironment(context, { databaseUrl, temporalAddress });
    await startProductRole(context, 'starter', env);
    await context.own(
      () => keepBusy(pool),
      (busy) => busy.stop(),
    );

    const setDoorbell = await doorbellSwitch(pool);
    await rowsPerSecond(pool, windowMs);
    const rounds = await context.repeat('writers with and without the doorbell', async (repetition) => {
      // With, without, without, with, and the other way round the next time: what drifts hits both alike.
      const first = repetition % 2 === 0;
      const rates = { with: 0, without: 0 };
      for (const enabled of [first, !first, !first, first]) {
        await setDoorbell(enabled);
        rates[enabled ? 'with' : 'without'] += (await rowsPerSecond(pool, windowMs)) / 2;
      }
      return rates;
    });
    const [on, off] = [rounds.map((round) => round.with), rounds.map((round) => round.without)];
    return [
      { name: 'with the doorbell', unit: 'rows/s', values: on },
      { name: 'without', unit: 'rows/s', values: off },
      { name: 'with / without', unit: '', values: ratios(on, off), goal: atLeast(0.95) },
    ];
  },
};

/** Without the doorbell the trigger of inserts does not look whether to ring. */
async function doorbellSwitch(pool: Pool): Promise<(enabled: boolean) => Promise<void>> {
  const { rows } = await pool.query<{ rings: string }>(
    `SELECT pg_get_functiondef('switchyard.invoices_after_insert()'::regprocedure) AS rings`,
  );
  const rings = rows[0]?.rings ?? '';
  const silent = rings.replace(/PERFORM pg_notify[^;]*;/, '');
  if (silent === rings) throw new Error('the doorbell cannot be switched off');
  return async (enabled) => void (await pool.query(enabled ? rings : silent));
}

/** Each writer inserts row after row, each in a transaction of its own. */
async function rowsPerSecond(pool: Pool, ms: number): Promise<number> {
  const began = performance.now();
  let rows = 0;
  const write = async () => {
    while (performance.now() - began < ms) {
      await insertWaiting(pool, 1);
      rows += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return rows / ((performance.now() - began) / 1000);
}

/** Ends jobs in flight all the time, in place of workers, so that the starter always has something to claim. */
function keepBusy(pool: Pool): { stop(): Promise<void> } {
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      await completeInFlight(pool, freedEach);
      await pause(freeEveryMs);
    }
  })();
  running.catch(() => undefined); // told by stop()
  return {
    async stop() {
      stopping = true;
      await running;
    },
  };
}
