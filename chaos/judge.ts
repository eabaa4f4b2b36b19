import type { Pdf } from './acts.ts';
import { refusedPdf } from './acts.ts';
import type { Ledger } from './ledger.ts';
import type { Change } from './witness.ts';

export interface Problem {
  kind: 'lost' | 'duplicated' | 'stuck' | 'illegal';
  what: string;
}

export interface EndedRow {
  id: string;
  status: string;
  attempt: number;
  error_code: string | null;
  error_message: string | null;
  result_path: string | null;
  result_bytes: number | null;
  result_sha256: string | null;
}

/** A file of the results folder, by its path as rows name it. */
export interface ResultFile {
  bytes: number;
  sha256: string;
}

/** All that a run leaves behind. */
export interface Evidence {
  ledger: Ledger;
  rows: readonly EndedRow[];
  changes: readonly Change[];
  /** The transitions that the product recorded. */
  events: readonly Pick<Change, 'job' | 'from' | 'to' | 'attempt'>[];
  files: ReadonlyMap<string, ResultFile>;
  /** What the gateway makes of each PDF when nobody disturbs it. */
  expected: ReadonlyMap<Pdf, ResultFile>;
  openWorkflows: readonly { workflowId: string; runId: string }[];
  /** Job and attempt of every log line that says a job was completed. */
  completions: readonly { job: string; attempt: number }[];
  /** Parts that ended by themselves. */
  crashes: readonly string[];
}

/** Compares what a run left behind with what must always hold. Empty: all is well. */
export function judge(evidence: Evidence): Problem[] {
  const { ledger } = evidence;
  return [
    ...judgeExistence(evidence),
    ...evidence.rows.flatMap((row) => judgeRow(row, evidence)),
    ...[...Map.groupBy(evidence.changes, ({ job }) => job).values()].flatMap(judgeHistory),
    ...judgeEvents(evidence),
    ...judgeWorkflows(evidence),
    ...judgeCompletions(evidence),
    ...ledger.refusals.map((what) => illegal(what)),
    ...evidence.crashes.map((what) => illegal(`ended by itself: ${what}`)),
  ];
}

const lost = (what: string): Problem => ({ kind: 'lost', what });
const duplicated = (what: string): Problem => ({ kind: 'duplicated', what });
const stuck = (what: string): Problem => ({ kind: 'stuck', what });
const illegal = (what: string): Problem => ({ kind: 'illegal', what });

/** Every job that was acknowledged is there once, and no other. */
function judgeExistence({ ledger, rows }: Evidence): Problem[] {
  const ids = new Set(rows.map(({ id }) => id));
  const missing = [...ledger.made.keys()].filter((id) => !ids.has(id));
  const more = [...ids].filter((id) => !ledger.made.has(id));
  return [
    ...missing.map((id) => lost(`job ${id} was acknowledged, and its row is gone`)),
    ...more.map((id) =>
      ledger.undone.has(id)
        ? illegal(`job ${id} was rolled back, and is there`)
        : duplicated(`job ${id} was made by nobody: a second one for one upload`),
    ),
  ];
}

const endedStates = ['complete', 'failed', 'canceled'];

function judgeRow(row: EndedRow, evidence: Evidence): Problem[] {
  if (!endedStates.includes(row.status)) return [stuck(`job ${row.id} is still ${row.status}`)];
  if (row.status === 'complete') return judgeResult(row, evidence);
  if (row.status === 'failed' && !mayFail(row, evidence))
    return [illegal(`job ${row.id} failed with ${row.error_code}: ${row.error_message}`)];
  return [];
}

/** Codes that the injected faults explain. */
function mayFail({ id, error_code: code }: EndedRow, { ledger }: Evidence): boolean {
  if (code === 'GW_4XX') return ledger.made.get(id) === refusedPdf;
  if (code === 'TERMINATED') return ledger.terminated.has(id);
  return ['GW_5XX', 'GW_TIMEOUT', 'GW_BAD_XML', 'IO_ERROR'].includes(code ?? '');
}

function judgeResult(row: EndedRow, { files, expected, ledger }: Evidence): Problem[] {
  const file = files.get(row.result_path ?? '');
  if (file === undefined) return [illegal(`job ${row.id} is complete, and its file is missing`)];
  if (file.sha256 !== row.result_sha256 || file.bytes !== row.result_bytes)
    return [duplicated(`job ${row.id}: its row and its file are of different results`)];
  const pdf = ledger.made.get(row.id);
  if (pdf !== undefined && expected.get(pdf)?.sha256 !== file.sha256)
    return [illegal(`job ${row.id}: its result is not what the gateway makes of ${pdf}`)];
  return [];
}

const legal: Record<string, readonly string[]> = {
  queued: ['processing', 'canceled'],
  processing: ['complete', 'failed', 'canceled', 'queued'],
  complete: ['queued'],
  failed: ['queued', 'processing'],
  canceled: ['queued', 'processing'],
};

/** The changes of one job, in order. */
function judgeHistory(changes: readonly Change[]): Problem[] {
  const problems = changes.flatMap((change, i) => judgeChange(change, changes[i - 1]));
  const completions = changes.filter(({ to }) => to === 'complete').length;
  const requeued = changes.filter(({ from, to }) => from === 'complete' && to === 'queued').length;
  if (completions > 1 + requeued)
    problems.push(duplicated(`job ${changes[0]?.job} was completed ${completions} times`));
  return problems;
}

function judgeChange(change: Change, before: Change | undefined): Problem[] {
  const { job, from, to, attempt, attemptBefore } = change;
  const what = `job ${job}: ${from ?? 'nothing'} → ${to}, attempt ${attemptBefore} → ${attempt}, by "${change.actor}"`;
  if (from === null) return to === 'queued' && attempt === 0 ? [] : [illegal(`${what}: no way to begin`)];
  if (before?.to !== from || before.attempt !== attemptBefore)
    return [illegal(`${what}: the row was ${before?.to} in attempt ${before?.attempt}`)];
  const started = to === 'processing';
  if (legal[from]?.includes(to) !== true) return [illegal(`${what}: no legal transition`)];
  if (
    attempt !== attemptBefore + (started && from === 'queued' ? 1 : 0) &&
    !(started && attempt > attemptBefore)
  )
    return [illegal(`${what}: the attempt is wrong`)];
  if (!started && change.run !== change.runBefore) return [illegal(`${what}: the run changed`)];
  return [];
}

/** What the product recorded of a job is what the witness saw, in the same order. */
function judgeEvents({ changes, events }: Evidence): Problem[] {
  const isMove = ({ from, to }: Evidence['events'][number]) => from !== to; // a request to cancel is an event, and no move
  const recorded = Map.groupBy(events.filter(isMove), ({ job }) => job);
  const moves = changes.filter(isMove);
  const told = (list: Evidence['events'] = []) =>
    list.map(({ from, to, attempt }) => `${from ?? 'nothing'} → ${to} (${attempt})`).join(', ');
  return [...Map.groupBy(moves, ({ job }) => job)].flatMap(([job, seen]) => {
    const [saw, says] = [told(seen), told(recorded.get(job))];
    return saw === says ? [] : [illegal(`job ${job}: its events say ${says || 'nothing'}; it was ${saw}`)];
  });
}

function judgeWorkflows({ openWorkflows, rows }: Evidence): Problem[] {
  const inFlight = new Set(rows.filter(({ status }) => status === 'processing').map(({ id }) => id));
  const runs = Map.groupBy(openWorkflows, ({ workflowId }) => workflowId);
  return [...runs].flatMap(([id, open]) => [
    ...(open.length > 1 ? [duplicated(`job ${id} has ${open.length} open workflows`)] : []),
    ...(inFlight.has(id) ? [] : [stuck(`workflow ${id} is open, and no row is in flight for it`)]),
  ]);
}

/** A worker says so only when its own fenced write went through. */
function judgeCompletions({ completions }: Evidence): Problem[] {
  const times = Map.groupBy(completions, ({ job, attempt }) => `${job}, attempt ${attempt}`);
  return [...times]
    .filter(([, lines]) => lines.length > 1)
    .map(([name, lines]) => duplicated(`job ${name}: ${lines.length} workers say that they completed it`));
}
