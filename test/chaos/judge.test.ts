import { describe, expect, test } from 'vitest';
import { type EndedRow, type Evidence, judge } from '../../chaos/judge.ts';
import { Ledger } from '../../chaos/ledger.ts';
import type { Change } from '../../chaos/witness.ts';

const change = (fields: Partial<Change>): Change => ({
  job: 'a',
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
  id: 'a',
  status: 'complete',
  attempt: 1,
  error_code: null,
  error_message: null,
  result_path: 'results/a.xml',
  result_bytes: 7,
  result_sha256: 'abc',
};

/** One job that went as it should, apart from `fields`. */
function evidence(fields: Partial<Evidence> = {}): Evidence {
  const ledger = new Ledger();
  ledger.made.set('a', 'plain-invoice.pdf');
  const changes = fields.changes ?? [inserted, started, completed];
  return {
    ledger,
    rows: [row],
    changes,
    events: changes.filter(({ from, to }) => from !== to),
    files: new Map([['results/a.xml', { bytes: 7, sha256: 'abc' }]]),
    expected: new Map([['plain-invoice.pdf', { bytes: 7, sha256: 'abc' }]]),
    openWorkflows: [],
    completions: [{ job: 'a', attempt: 1 }],
    crashes: [],
    ...fields,
  };
}

const kinds = (fields: Partial<Evidence>) => judge(evidence(fields)).map(({ kind }) => kind);
const rowWith = (fields: Partial<EndedRow>) => ({ rows: [{ ...row, ...fields }] });

test('finds nothing wrong with a job that went as it should', () => {
  expect(judge(evidence())).toEqual([]);
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

describe('calls lost', () => {
  test('an acknowledged job whose row is gone', () => {
    const ledger = new Ledger();
    ledger.made.set('a', 'plain-invoice.pdf').set('b', 'plain-invoice.pdf');
    expect(kinds({ ledger })).toEqual(['lost']);
  });
});

describe('calls duplicated', () => {
  test('a row that nobody made', () => {
    expect(kinds({ ledger: new Ledger() })).toEqual(['duplicated']);
  });

  test('a job that was completed once more', () => {
    const twice = [inserted, started, completed, change({ from: 'complete' })];
    expect(kinds({ changes: twice })).toContain('duplicated');
  });

  test('a file of another result than the row names', () => {
    expect(kinds(rowWith({ result_sha256: 'other' }))).toEqual(['duplicated']);
  });

  test('a job with two open workflows', () => {
    const openWorkflows = ['run-1', 'run-2'].map((runId) => ({ workflowId: 'a', runId }));
    expect(kinds({ openWorkflows })).toContain('duplicated');
  });

  test('an attempt that two workers say they completed', () => {
    const line = { job: 'a', attempt: 1 };
    expect(kinds({ completions: [line, line] })).toEqual(['duplicated']);
  });
});

describe('calls stuck', () => {
  test.each(['queued', 'processing'])('a job that is still %s', (status) => {
    expect(kinds(rowWith({ status }))).toEqual(['stuck']);
  });

  test('a workflow that is open though its row has ended', () => {
    expect(kinds({ openWorkflows: [{ workflowId: 'a', runId: 'run-1' }] })).toEqual(['stuck']);
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
    ['an end that changes the run', [inserted, started, change({ run: 'run-2' })]],
    ['a row that begins in flight', [change({ from: null, to: 'processing' })]],
  ])('%s', (_, changes) => {
    expect(kinds({ changes })).toContain('illegal');
  });

  test('a complete job without its file', () => {
    expect(kinds({ files: new Map() })).toEqual(['illegal']);
  });

  test('a result that the gateway never made of this PDF', () => {
    expect(kinds({ expected: new Map([['plain-invoice.pdf', { bytes: 1, sha256: 'other' }]]) })).toEqual([
      'illegal',
    ]);
  });

  test('a transition that was not recorded', () => {
    expect(kinds({ events: [inserted, started] })).toEqual(['illegal']);
  });

  test('a failure that no injected fault explains', () => {
    expect(kinds(rowWith({ status: 'failed', error_code: 'UNKNOWN' }))).toEqual(['illegal']);
    expect(kinds(rowWith({ status: 'failed', error_code: 'GW_4XX' }))).toEqual(['illegal']);
    expect(kinds(rowWith({ status: 'failed', error_code: 'GW_5XX' }))).toEqual([]);
  });

  test('a job that was rolled back', () => {
    const ledger = new Ledger();
    ledger.undone.add('a');
    expect(kinds({ ledger })).toEqual(['illegal']);
  });

  test('a process that ended by itself', () => {
    expect(kinds({ crashes: ['worker-1 (exit code 1)'] })).toEqual(['illegal']);
  });
});
