import { expect, test } from 'vitest';
import type { JobEvent } from '../src/api/types.ts';
import { ledgerSteps, segmentsOf } from '../src/views/job/timeline-segments.ts';

const event = (id: string, at: string, to: string, attempt: number): JobEvent => ({
  id,
  at: `2026-03-01T08:00:${at}Z`,
  queue: 'parcels',
  jobId: '1',
  attempt,
  from: null,
  to,
  runId: null,
  actor: 'a',
  code: null,
  detail: null,
});

test('each state lasts until the next event, and an end lasts no time', () => {
  const events = [
    event('1', '00', 'queued', 0),
    event('2', '04', 'processing', 1),
    event('3', '06', 'failed', 1),
    event('4', '30', 'queued', 1),
  ];
  const seconds = segmentsOf(events).map(({ state, from, to }) => [
    state,
    to === null ? null : (to - from) / 1000,
  ]);
  expect(seconds).toEqual([
    ['queued', 4],
    ['processing', 2],
    ['queued', null],
  ]);
});

test('each step of the ledger is timed from the last that has come', () => {
  const at = (second: string) => `2026-03-01T08:00:${second}Z`;
  const steps = ledgerSteps({
    inserted: at('00'),
    claimed: at('02'),
    started: null,
    firstActivity: at('03'),
    ended: at('09'),
    mirrored: null,
  });
  expect(steps.map(({ seconds }) => seconds)).toEqual([null, 2, null, 1, 6, null]);
});
