import { describe, expect, test } from 'vitest';
import type { Change } from '../../chaos/change.ts';
import { judgeHistory } from '../../chaos/judge-history.ts';
import type { EndedRow } from '../../chaos/load.ts';
import type { RunHistory } from '../../chaos/watched/histories.ts';
import { judgeWatched, type SignalRow, type WatchedRemains } from '../../chaos/watched/judge.ts';

const result = { id: 7, notes: [1, 2] };

const row: EndedRow = {
  job: 'orders 7',
  id: '7',
  state: 'complete',
  attempt: 1,
  errorCode: null,
  errorMessage: null,
  key: null,
  fields: { run_id: 'a', result },
};

const run = (fields: Partial<RunHistory>): RunHistory => ({
  workflowId: 'orders:7',
  runId: 'a',
  first: 'a',
  continuedFrom: undefined,
  jobKey: 'orders/7/1',
  status: 'COMPLETED',
  startedAt: 1,
  closedAt: 100_000,
  signals: [],
  ...fields,
});

const one = { requestId: 'one', note: 1 };
const two = { requestId: 'two', note: 2 };
const continued = [
  run({ status: 'CONTINUED_AS_NEW', signals: [one] }),
  run({ runId: 'b', continuedFrom: 'a', startedAt: 2, signals: [two] }),
];

const signal = (fields: Partial<SignalRow>): SignalRow => ({
  request_id: 'one',
  job_id: '7',
  status: 'delivered',
  error: null,
  is_held: false,
  ended_ms: 0,
  ...fields,
});

/** A job that heard two notes, each in a run of its own, apart from `fields`. */
const judged = (fields: Partial<WatchedRemains> = {}): string[] =>
  judgeWatched({
    rows: [row],
    changes: [],
    runs: continued,
    foreign: [],
    signals: [signal({}), signal({ request_id: 'two' })],
    sources: [{ id: '7', job_status: 'complete', job_result: result }],
    ...fields,
  }).map(({ kind, what }) => `${kind}: ${what}`);

describe('a watched job', () => {
  test('that went as it should has no problem', () => {
    expect(judged()).toEqual([]);
  });

  test.each<[string, Partial<WatchedRemains>, RegExp]>([
    [
      'executed twice in one attempt',
      { runs: [...continued, run({ runId: 'c', first: 'c', startedAt: 0 })] },
      /^duplicated: attempt orders\/7\/1 was executed by a, c$/,
    ],
    [
      'whose row does not follow a reset',
      { runs: [...continued, run({ runId: 'c', startedAt: 3, status: 'FAILED' })] },
      /^illegal: job orders 7 is complete .* its run c is FAILED$/,
    ],
    ['whose run is not there', { runs: [], signals: [] }, /^lost: job orders 7/],
    [
      'that did not hear what came',
      {
        rows: [{ ...row, fields: { run_id: 'a', result: { id: 7, notes: [1] } } }],
        sources: [{ id: '7', job_status: 'complete', job_result: { id: 7, notes: [1] } }],
      },
      /^illegal: job orders 7 says that it heard \[1\], and its runs heard \[1,2\]$/,
    ],
    [
      'signaled again after it continued as new',
      {
        runs: [
          continued[0],
          run({ runId: 'b', continuedFrom: 'a', startedAt: 2, signals: [one, two] }),
        ].filter((each) => each !== undefined),
        rows: [],
      },
      /^duplicated: .* a signal was delivered twice$/,
    ],
    [
      'signaled out of order',
      { runs: [run({ signals: [two, one] })], rows: [] },
      /^illegal: .* out of order$/,
    ],
    [
      'whose signal waits',
      { signals: [signal({ status: 'waiting' })] },
      /^stuck: the signal one of job 7 still waits$/,
    ],
    ['whose signal nobody heard', { signals: [signal({ request_id: 'three' })] }, /^lost: the signal three/],
    [
      'whose failed signal was heard',
      { signals: [signal({ status: 'failed' })] },
      /^illegal: the signal one/,
    ],
    [
      'whose signal failed too early',
      { signals: [signal({ request_id: 'three', status: 'failed', error: 'ended', ended_ms: 50_000 })] },
      /^lost: the signal three/,
    ],
    [
      'whose mirror is behind',
      { sources: [{ id: '7', job_status: 'processing', job_result: null }] },
      /^illegal: job orders 7 is .* shows/,
    ],
    [
      'with a foreign workflow that was signaled',
      { foreign: [run({ jobKey: undefined, signals: [one] })] },
      /^illegal: a foreign workflow orders:7 was signaled$/,
    ],
  ])('%s', (_, fields, problem) => {
    expect(judged(fields)).toEqual([expect.stringMatching(problem)]);
  });

  test('may wait with its signal where its table lets nobody start it', () => {
    const held = { status: 'waiting' as const, request_id: 'three', is_held: true };
    expect(judged({ signals: [signal(held)] })).toEqual([]);
  });

  test('follows a reset, and counts the attempt that it waited for', () => {
    const change = (fields: Partial<Change>): Change => ({
      job: 'orders 7',
      from: 'queued',
      to: 'processing',
      attemptBefore: 0,
      attempt: 1,
      runBefore: null,
      run: 'a',
      actor: '',
      ...fields,
    });
    const inserted = change({ from: null, to: 'queued', attemptBefore: null, attempt: 0, run: null });
    const same = { attemptBefore: 1, runBefore: 'a' };
    const reset = [
      inserted,
      change({}),
      change({ ...same, from: 'processing', to: 'complete' }),
      change({ ...same, from: 'complete' }),
      change({ ...same, from: 'processing', to: 'complete' }),
    ];
    const canceled = [inserted, change({ to: 'canceled', run: null })];
    for (const changes of [reset, canceled]) {
      expect(judgeHistory(changes, { isWatched: true })).toEqual([]);
      expect(judgeHistory(changes)).not.toEqual([]);
    }
  });
});
