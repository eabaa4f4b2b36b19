import type { Change } from '../change.ts';
import type { EndedRow } from '../load.ts';
import { duplicated, illegal, lost, type Problem, stuck } from '../problem.ts';
import type { RunHistory } from './histories.ts';

export interface SignalRow {
  request_id: string;
  job_id: string;
  status: 'waiting' | 'delivered' | 'failed';
  error: string | null;
  /** Whether its job is queued: one that its table lets nobody start. */
  is_held: boolean;
  ended_ms: number | null;
}

export interface SourceRow {
  id: string;
  job_status: string | null;
  job_result: unknown;
}

export interface WatchedRemains {
  rows: readonly EndedRow[];
  changes: readonly Change[];
  runs: readonly RunHistory[];
  foreign: readonly RunHistory[];
  signals: readonly SignalRow[];
  sources: readonly SourceRow[];
}

/** What rows, signals and the application's own rows say, against Temporal's histories. */
export function judgeWatched({ rows, changes, runs, foreign, signals, sources }: WatchedRemains): Problem[] {
  const own = Map.groupBy(runs, ({ jobKey = '' }) => jobKey.split('/')[1] ?? '');
  const last = new Map(changes.map((change) => [change.job, change]));
  return [
    ...judgeExecutions(runs),
    ...rows.flatMap((row) => judgeEnd(row, own.get(row.id) ?? [], last.get(row.job))),
    ...runs.flatMap((run) => judgeHeard(run, runs)),
    ...signals.flatMap((signal) => judgeSignal(signal, runs)),
    ...foreign
      .filter((run) => run.signals.length > 0)
      .map(({ workflowId }) => illegal(`a foreign workflow ${workflowId} was signaled`)),
    ...judgeMirror(rows, sources),
  ];
}

/** One chain of runs for each attempt. */
function judgeExecutions(runs: readonly RunHistory[]): Problem[] {
  return [...Map.groupBy(runs, ({ jobKey }) => jobKey)].flatMap(([jobKey, all]) => {
    const chains = new Set(all.map(({ first }) => first));
    return chains.size === 1
      ? []
      : [duplicated(`attempt ${jobKey} was executed by ${[...chains].join(', ')}`)];
  });
}

const states: Record<string, string> = {
  COMPLETED: 'complete',
  FAILED: 'failed',
  TERMINATED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'canceled',
};

/** The row ended as the last run of its chain did, with what that heard. */
function judgeEnd(row: EndedRow, runs: readonly RunHistory[], last: Change | undefined): Problem[] {
  if (last?.from === 'queued' && row.state === 'canceled') return [];
  const chain = runs.filter(({ first }) => first === row.fields['run_id']);
  const run = chain.at(-1);
  if (run === undefined)
    return row.fields['run_id'] === null && row.state !== 'complete'
      ? []
      : [lost(`job ${row.job} is ${row.state}, and its run ${row.fields['run_id']} does not belong to it`)];
  const wanted = states[run.status];
  if (row.state !== wanted)
    return [
      illegal(`job ${row.job} is ${row.state} (${row.errorCode}), and its run ${run.runId} is ${run.status}`),
    ];
  if (row.state !== 'complete') return [];
  const heard = JSON.stringify(
    lineageOf(run, runs).flatMap(({ signals }) => signals.map(({ note }) => note)),
  );
  const says = JSON.stringify((row.fields['result'] as { notes?: unknown } | null)?.notes);
  return says === heard
    ? []
    : [illegal(`job ${row.job} says that it heard ${says}, and its runs heard ${heard}`)];
}

/** The run and those it continues, the first first. */
function lineageOf(run: RunHistory, runs: readonly RunHistory[]): RunHistory[] {
  const before = runs.find(({ runId }) => runId === run.continuedFrom);
  return before === undefined ? [run] : [...lineageOf(before, runs), run];
}

/** Each once, and in order. */
function judgeHeard(run: RunHistory, runs: readonly RunHistory[]): Problem[] {
  const same = runs.filter(({ workflowId }) => workflowId === run.workflowId);
  const heard = lineageOf(run, same).flatMap(({ signals }) => signals);
  const notes = heard.map(({ note }) => Number(note));
  const what = `the run ${run.runId} of ${run.workflowId} and those before it heard ${notes.join(', ')}`;
  if (new Set(heard.map(({ requestId }) => requestId)).size < heard.length)
    return [duplicated(`${what}: a signal was delivered twice`)];
  return notes.every((note, at) => at === 0 || note > (notes[at - 1] ?? 0))
    ? []
    : [illegal(`${what}: out of order`)];
}

function judgeSignal(
  { request_id, job_id, status, error, is_held, ended_ms }: SignalRow,
  runs: readonly RunHistory[],
): Problem[] {
  const heard = runs.filter(({ signals }) => signals.some(({ requestId }) => requestId === request_id));
  const chains = new Set(heard.map(({ first }) => first));
  const what = `the signal ${request_id} of job ${job_id}`;
  if (chains.size > 1) return [duplicated(`${what} was delivered to ${[...chains].join(' and ')}`)];
  if (status === 'waiting') return is_held ? [] : [stuck(`${what} still waits`)];
  if (status === 'delivered')
    return heard.length > 0 ? [] : [lost(`${what} was delivered, and no run heard it`)];
  if (heard.length > 0) return [illegal(`${what} failed (${error}), and ${heard[0]?.runId} heard it`)];
  const open = runs.find((run) => run.workflowId.endsWith(`:${job_id}`) && wasOpen(run, ended_ms ?? 0));
  // A row that has ended and does not show a reset yet fails its signals.
  if (open === undefined || error === 'the job has ended') return [];
  return [lost(`${what} failed (${error}) while the run ${open.runId} was open`)];
}

/** For some time before and after. */
const wasOpen = ({ startedAt, closedAt }: RunHistory, ms: number): boolean =>
  startedAt < ms - 1_000 && closedAt > ms + 100;

function judgeMirror(rows: readonly EndedRow[], sources: readonly SourceRow[]): Problem[] {
  const byId = new Map(sources.map((source) => [source.id, source]));
  return rows.flatMap(({ job, id, state, fields }) => {
    const source = byId.get(id);
    const shown = JSON.stringify([source?.job_status, source?.job_result]);
    const wanted = JSON.stringify([state, fields['result']]);
    // The mirror is written from the claim on.
    if (shown === wanted || (source?.job_status == null && state === 'queued')) return [];
    return [illegal(`job ${job} is ${wanted}, and the application's row shows ${shown}`)];
  });
}
