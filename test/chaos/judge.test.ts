import { describe, expect, test } from 'vitest';
import type { Change } from '../../chaos/change.ts';
import { type Evidence, judge } from '../../chaos/judge.ts';
import { Ledger } from '../../chaos/ledger.ts';
import type { EndedRow } from '../../chaos/load.ts';
import { judgeResult } from '../../chaos/loads/invoices.ts';
import { illegal } from '../../chaos/problem.ts';
import { definitionOf } from '../../chaos/settings.ts';

const change = (fields: Partial<Change>): Change => ({
  job: 'tasks a',
  from: 'processing',
  to: 'complete',
  attemptBefore: 1,
  attempt: 1,
  runBefore: 'run-1',
  run: 'run-1',
  actor: 'switchyard worker worker-1',
  ...fields,
});

const inserted = change({
  from: null,
  to: 'queued',
  attemptBefore: null,
  attempt: 0,
  runBefore: null,
  run: null,
});
const started = change({ from: 'queued', to: 'processing', attemptBefore: 0, runBefore: null });
const completed = change({});

const row: EndedRow = {
  job: 'tasks a',
  id: 'a',
  state: 'complete',
  attempt: 1,
  errorCode: null,
  errorMessage: null,
  key: null,
  fields: {},
};

const load: Evidence['queues'][number]['load'] = {
  queue: { ...definitionOf('agent-runs'), name: 'tasks', maxInFlight: 2 },
  variants: { good: { weight: 1 }, bad: { weight: 1, fails: 'BROKEN' } },
  faultCodes: ['IO_ERROR'],
  fullDiskCodes: ['TOOL_FAILED'],
};

const ledgerOf = (...jobs: { id: string; variant?: string }[]): Ledger => {
  const ledger = new Ledger();
  for (const { id, variant = 'good' } of jobs) ledger.acknowledge({ queue: 'tasks', id, variant });
  return ledger;
};

/** One job that went as it should, apart from `fields`. */
function evidence(fields: Partial<Evidence> = {}): Evidence {
  const changes = fields.changes ?? [inserted, started, completed];
  return {
    ledger: ledgerOf({ id: 'a' }),
    queues: [{ load, rows: [row] }],
    changes,
    events: changes.filter(({ from, to }) => from !== to),
    findings: [],
    openWorkflows: [],
    completions: [{ job: 'tasks a', attempt: 1 }],
    toldRefused: [],
    reset: [],
    calledFor: new Set(),
    crashes: [],
    processes: [],
    ...fields,
  };
}

const kinds = (fields: Partial<Evidence>) => judge(evidence(fields)).map(({ kind }) => kind);
const rowsOf = (...rows: Partial<EndedRow>[]): Pick<Evidence, 'queues'> => ({
  queues: [{ load, rows: rows.map((fields) => ({ ...row, ...fields })) }],
});

test('finds nothing wrong with a job that went as it should', () => {
  expect(judge(evidence())).toEqual([]);
});

test('lets a job ask, and go on with the answer', () => {
  const asked = [change({ to: 'parked' }), change({ from: 'parked', to: 'processing' })];
  expect(kinds({ changes: [inserted, started, ...asked, completed] })).toEqual([]);
});

test('lets a job run again that was set back', () => {
  const failed = change({ to: 'failed' });
  const again = [
    change({ from: 'failed', to: 'queued' }),
    change({ from: 'queued', to: 'processing', attempt: 2, run: 'run-2' }),
    change({ attemptBefore: 2, attempt: 2, runBefore: 'run-2', run: 'run-2' }),
  ];
  expect(kinds({ changes: [inserted, started, failed, ...again] })).toEqual([]);
});

test('lets the run take the job along to which its workflow was reset, and no other run', () => {
  const taken = change({ to: 'processing', run: 'run-2' });
  const changes = [inserted, started, taken, change({ runBefore: 'run-2', run: 'run-2' })];
  expect(kinds({ changes, reset: ['tasks a'] })).toEqual([]);
  expect(kinds({ changes, reset: ['tasks b'] })).toEqual(['illegal']);
});

describe('calls lost', () => {
  test('an acknowledged job whose row is gone', () => {
    expect(kinds({ ledger: ledgerOf({ id: 'a' }, { id: 'b' }) })).toEqual(['lost']);
  });
});

test('calls it illegal when most of the jobs fail that could complete, each with a code that it may have', () => {
  const ids = Array.from({ length: 12 }, (_, i) => String(i));
  const shares = (failed: number) => {
    const rows = ids.map((id, i) => ({
      job: `tasks ${id}`,
      id,
      ...(i < failed && { state: 'failed' as const, errorCode: 'IO_ERROR' }),
    }));
    const found = judge(evidence({ ledger: ledgerOf(...ids.map((id) => ({ id }))), ...rowsOf(...rows) }));
    return found.map(({ what }) => what).filter((what) => what.includes('could complete'));
  };
  expect(shares(6)).toEqual([]);
  expect(shares(7)).toEqual(['of 12 jobs of tasks that could complete, 5 did']);
});

describe('calls duplicated', () => {
  test('a row that nobody made', () => {
    expect(kinds({ ledger: new Ledger() })).toEqual(['duplicated']);
  });

  test('a job that was completed once more', () => {
    const twice = [inserted, started, completed, change({ from: 'complete' })];
    expect(kinds({ changes: twice })).toContain('duplicated');
  });

  test('a job with two open workflows', () => {
    const openWorkflows = ['run-1', 'run-2'].map((runId) => ({ job: 'tasks a', runId }));
    expect(kinds({ openWorkflows })).toContain('duplicated');
  });

  test('an attempt that two workers say they completed', () => {
    const line = { job: 'tasks a', attempt: 1 };
    expect(kinds({ completions: [line, line] })).toEqual(['duplicated']);
  });
});

describe('of a job whose row the database lets nobody start', () => {
  const ledger = ledgerOf({ id: 'a' });
  ledger.refused.add('tasks a');
  const waits = { attempt: 0, state: 'queued' as const };
  const kindsOf = (fields: Partial<EndedRow>, evidence: Partial<Evidence> = {}) =>
    kinds({ ledger, changes: [inserted], completions: [], ...rowsOf({ ...waits, ...fields }), ...evidence });
  const toldRefused = ['tasks a'];

  test('it waits, and its reason was told; or somebody canceled it', () => {
    expect(kindsOf({}, { toldRefused })).toEqual([]);
    expect(kindsOf({ state: 'canceled' })).toEqual([]);
  });

  test('nobody was told', () => {
    expect(kindsOf({})).toEqual(['illegal']);
  });

  test('it was started, or worked on all the same', () => {
    expect(kindsOf({ attempt: 1 }, { toldRefused })).toEqual(['illegal']);
    expect(kindsOf({ state: 'failed' }, { toldRefused })).toEqual(['illegal']);
    expect(kindsOf({}, { toldRefused, calledFor: new Set(['a']) })).toEqual(['illegal']);
    expect(kindsOf({}, { toldRefused, completions: [{ job: 'tasks a', attempt: 1 }] })).toEqual(['illegal']);
    expect(kindsOf({}, { toldRefused, openWorkflows: [{ job: 'tasks a', runId: 'run-1' }] })).toEqual([
      'stuck',
    ]);
  });
});

describe('calls stuck', () => {
  test.each(['queued', 'processing', 'parked'] as const)('a job that is still %s', (state) => {
    expect(kinds(rowsOf({ state }))).toEqual(['stuck']);
  });

  test('a workflow that is open though its row has ended', () => {
    expect(kinds({ openWorkflows: [{ job: 'tasks a', runId: 'run-1' }] })).toEqual(['stuck']);
  });
});

describe('calls illegal', () => {
  test.each([
    [
      'a move from ended to in flight',
      [inserted, started, completed, change({ from: 'complete', to: 'processing' })],
    ],
    ['a move that does not begin where the row was', [inserted, completed]],
    ['an attempt that went backwards', [inserted, started, change({ attempt: 0 })]],
    [
      'a start that counts no attempt',
      [inserted, change({ from: 'queued', to: 'processing', attemptBefore: 0, attempt: 0 })],
    ],
    [
      'an answer that counts an attempt',
      [inserted, started, change({ to: 'parked' }), change({ from: 'parked', to: 'processing', attempt: 2 })],
    ],
    ['an end that changes the run', [inserted, started, change({ run: 'run-2' })]],
    ['a row that begins in flight', [change({ from: null, to: 'processing' })]],
  ])('%s', (_, changes) => {
    expect(kinds({ changes })).toContain('illegal');
  });

  test('a transition that was not recorded', () => {
    expect(kinds({ events: [inserted, started] })).toEqual(['illegal']);
  });

  test('a failure that no injected fault explains', () => {
    const failed = (errorCode: string, errorMessage = '') =>
      kinds(rowsOf({ state: 'failed', errorCode, errorMessage }));
    expect(failed('UNKNOWN')).toEqual(['illegal']);
    expect(failed('BROKEN')).toEqual(['illegal']);
    expect(failed('IO_ERROR')).toEqual([]);
    expect(failed('TOOL_FAILED', 'no such tool')).toEqual(['illegal']);
    expect(failed('TOOL_FAILED', 'ENOSPC: no space left on device, write')).toEqual([]);
    expect(failed('TERMINATED')).toEqual(['illegal']);
  });

  test('a job that completed and had to fail', () => {
    const ledger = ledgerOf({ id: 'a', variant: 'bad' });
    expect(kinds({ ledger })).toEqual(['illegal']);
    expect(kinds({ ledger, ...rowsOf({ state: 'failed', errorCode: 'BROKEN' }) })).toEqual([]);
  });

  test('more jobs in flight than the queue may have, or than their key may', () => {
    const jobs = ['a', 'b', 'c'];
    const ledger = ledgerOf(...jobs.map((id) => ({ id })));
    const of = (id: string) => (change: Change) => ({ ...change, job: `tasks ${id}` });
    const inTurn = jobs.flatMap((id) => [inserted, started, completed].map(of(id)));
    const atOnce = [inserted, started, completed].flatMap((each) => jobs.map((id) => of(id)(each)));
    const rows = (key: string | null) => jobs.map((id) => ({ id, job: `tasks ${id}`, key: key ?? id }));
    const found = (changes: Change[], key: string | null) =>
      judge(evidence({ ledger, changes, ...rowsOf(...rows(key)) })).map(({ what }) => what);
    expect(found(inTurn, 'lane')).toEqual([]);
    expect(found(atOnce, null)).toEqual(['3 jobs of tasks in flight, with tasks c']);
    expect(found(atOnce, 'lane')).toContain('"lane" had tasks a, tasks b in flight at once');
  });

  test('what a load found, what should have been refused, and a command that outlived its job', () => {
    const ledger = ledgerOf({ id: 'a' });
    ledger.refusals.push('a second answer to a was taken');
    const found = { findings: [illegal('of the load')], ledger, processes: ['7 in /x: git'] };
    expect(kinds(found)).toEqual(['illegal', 'illegal', 'illegal']);
  });

  test('a job that was rolled back', () => {
    const ledger = new Ledger();
    ledger.undone.add('tasks a');
    expect(kinds({ ledger })).toEqual(['illegal']);
  });

  test('a process that ended by itself', () => {
    expect(kinds({ crashes: ['worker-1 (exit code 1)'] })).toEqual(['illegal']);
  });
});

describe('of an invoice', () => {
  const file = { bytes: 7, sha256: 'abc' };
  const complete = { job: 'invoices a', fields: { result_bytes: 7, result_sha256: 'abc' } };
  const found = (...args: Parameters<typeof judgeResult>) => judgeResult(...args).map(({ kind }) => kind);

  test('the file must be there, be that of the row, and be what the gateway makes of the PDF', () => {
    expect(found(complete, file, file)).toEqual([]);
    expect(found(complete, undefined, file)).toEqual(['illegal']);
    expect(found(complete, { ...file, sha256: 'other' }, file)).toEqual(['duplicated']);
    expect(found(complete, file, { bytes: 1, sha256: 'other' })).toEqual(['illegal']);
  });
});
