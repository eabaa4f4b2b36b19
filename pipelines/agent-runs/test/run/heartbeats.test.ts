import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Pool } from '../../../../src/platform/database.ts';
import { silentLogger } from '../../../../test/support/logger.ts';
import { RunHeartbeats } from '../../run/heartbeats.ts';

let statements: unknown[][];
let heartbeats: RunHeartbeats;
let answer: () => Promise<void>;
beforeEach(() => {
  vi.useFakeTimers();
  statements = [];
  answer = async () => undefined;
  const pool = {
    query: async (_: string, values: unknown[]) => {
      statements.push(values);
      await answer();
    },
  } as unknown as Pool;
  heartbeats = new RunHeartbeats({ pool, workerId: 'worker-1', log: silentLogger });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A try of a run that works until it is told to end. */
const work = (jobId: string) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = { queue: 'agent-runs', jobId, requestId: null, runIds: [`run ${jobId}`] };
  const over = heartbeats.during(run, () => promise);
  return async () => {
    resolve();
    await over;
  };
};

test('heartbeats of all runs of a process are one statement, every two seconds, and none when no run works', async () => {
  const ends = ['a', 'b', 'c'].map(work);
  await vi.advanceTimersByTimeAsync(0);
  expect(statements).toEqual([[['a', 'b', 'c'], ['run a', 'run b', 'run c'], 'worker-1']]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(statements).toHaveLength(4);
  for (const end of ends) await end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(statements).toHaveLength(4);
});

test('a word of progress brings the next beat forward, and a flood of them no more than one each half second', async () => {
  const end = work('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(statements).toHaveLength(1);
  heartbeats.soon();
  await vi.advanceTimersByTimeAsync(0);
  expect(statements).toHaveLength(2);
  for (let ms = 0; ms < 5_000; ms += 1) {
    heartbeats.soon();
    heartbeats.soon();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(statements).toHaveLength(12);
  await end();
});

test('while Postgres does not answer, no beat waits behind another', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  answer = () => promise;
  const end = work('a');
  for (let i = 0; i < 100; i++) {
    heartbeats.soon();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(statements).toHaveLength(1);
  resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(statements).toHaveLength(2);
  await end();
});

test('of two tries of one run in one process, the end of either leaves the other its heartbeats', async () => {
  for (const first of [0, 1]) {
    const ends = [work('a'), work('a')];
    await ends[first]?.();
    statements = [];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(statements).not.toEqual([]);
    expect(statements.at(-1)?.[0]).toEqual(['a']);
    await ends[1 - first]?.();
  }
});

test('a run has its heartbeats also when the one before ended without any, or in the middle of one', async () => {
  await work('a')();
  const end = work('b');
  await vi.advanceTimersByTimeAsync(0);
  expect(statements.at(-1)?.[0]).toEqual(['b']);

  const { promise, resolve } = Promise.withResolvers<void>();
  answer = () => promise;
  await vi.advanceTimersByTimeAsync(2_000);
  heartbeats.soon();
  await end();
  resolve();
  await vi.advanceTimersByTimeAsync(0);
  const last = work('c');
  await vi.advanceTimersByTimeAsync(500);
  expect(statements.at(-1)?.[0]).toEqual(['c']);
  await last();
});
