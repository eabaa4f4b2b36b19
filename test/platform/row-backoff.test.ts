import { expect, test } from 'vitest';
import { RowBackoff } from '../../src/platform/row-backoff.ts';

test('a row that cannot be repaired waits for a minute, then twice as long each time, an hour at most', () => {
  let now = 0;
  const backoff = new RowBackoff(() => now);
  const waits = Array.from({ length: 8 }, () => {
    const waitMs = backoff.failed('a');
    now += waitMs - 1;
    expect([backoff.isWaiting('a'), backoff.isWaiting('b')]).toEqual([true, false]);
    now += 1;
    expect(backoff.isWaiting('a')).toBe(false);
    return waitMs / 60_000;
  });
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
});

test('a row that was repaired begins again at a minute', () => {
  const backoff = new RowBackoff(() => 0);
  for (const minutes of [1, 2]) expect(backoff.failed('a')).toBe(minutes * 60_000);
  backoff.repaired('a');
  expect(backoff.isWaiting('a')).toBe(false);
  expect(backoff.failed('a')).toBe(60_000);
});
