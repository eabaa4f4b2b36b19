import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from '../src/platform/database.ts';
import { completeInFlight, insertWaiting } from './backlog.ts';
import { atMost, type Measure } from './benchmark.ts';
import type { BenchContext } from './context.ts';
import { forgetPeakMemory, peakMemoryMB, startProductRole } from './processes.ts';
import { openPool, shippedEnvironment, startBenchTemporal } from './servers.ts';
import { ratios } from './statistics.ts';

const windowMs = 5_000;
const freeEveryMs = 50;
const freedEach = 10;

/** The memory of two real starters, one at each backlog, while jobs end and others take their place. */
export async function measureStarterMemory(
  context: BenchContext,
  databases: { small: string; large: string },
): Promise<Measure[]> {
  const temporalAddress = await startBenchTemporal(context);
  const start = async (databaseUrl: string, taskQueue: string) => {
    const env = await shippedEnvironment(context, { databaseUrl, temporalAddress });
    const { pid } = await startProductRole(context, 'starter', { ...env, TASK_QUEUE: taskQueue });
    return { pid, pool: await openPool(context, databaseUrl, 1) };
  };
  const [small, large] = [await start(databases.small, 'small'), await start(databases.large, 'large')];
  for (const starter of [small, large]) await letClaim(starter.pool, windowMs);
  const rounds = await context.repeat('starters with a small and a large backlog', async () => ({
    small: await peakWhileClaiming(small),
    large: await peakWhileClaiming(large),
  }));
  const [few, many] = [rounds.map((round) => round.small), rounds.map((round) => round.large)];
  return [
    { name: 'peak memory of a starter, small backlog', unit: 'MB', values: few },
    { name: 'peak memory of a starter, large backlog', unit: 'MB', values: many },
    {
      name: 'peak memory of a starter, large / small',
      unit: '',
      values: ratios(many, few),
      goal: atMost(1.1),
    },
  ];
}

async function peakWhileClaiming(starter: { pid: number; pool: Pool }): Promise<number> {
  await forgetPeakMemory(starter.pid);
  await letClaim(starter.pool, windowMs);
  return peakMemoryMB(starter.pid);
}

/** Ends jobs in flight, so that the starter claims all the time. @throws when it claims nothing */
async function letClaim(pool: Pool, ms: number): Promise<void> {
  let ended = 0;
  for (const began = performance.now(); performance.now() - began < ms; ) {
    const freed = await completeInFlight(pool, freedEach);
    await insertWaiting(pool, freed);
    ended += freed;
    await pause(freeEveryMs);
  }
  if (ended === 0) throw new Error(`the starter claimed nothing in ${ms} ms`);
}
