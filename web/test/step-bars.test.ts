import { expect, test } from 'vitest';
import type { WorkflowStep } from '../src/api/types.ts';
import { barOf, secondsOf } from '../src/views/job/step-bars.ts';

const step = (scheduledAt: string | null, endedAt: string | null, kind: WorkflowStep['kind'] = 'activity') =>
  ({ kind, scheduledAt, endedAt }) as WorkflowStep;
const at = (second: number) => new Date(second * 1000).toISOString();

test('a step lies between the first and the last moment of its job, and what lies outside is cut', () => {
  expect(barOf(step(at(2), at(5)), 0, 10_000)).toEqual({ left: 20, width: 30 });
  expect(barOf(step(at(2), null), 0, 10_000)).toEqual({ left: 20, width: 80 });
  expect(barOf(step(at(12), at(14)), 0, 10_000)).toEqual({ left: 100, width: 0 });
  expect(barOf(step(null, null), 0, 0)).toEqual({ left: 0, width: 100 });
});

test('a signal takes no time', () => {
  expect(secondsOf(step(at(2), null), 5_000)).toBe(3);
  expect(secondsOf(step(at(2), at(2), 'signal'), 5_000)).toBe(null);
});
