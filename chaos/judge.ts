import type { Change } from './change.ts';
import { judgeHistory, judgeLimits } from './judge-history.ts';
import type { Ledger } from './ledger.ts';
import type { EndedRow, Load } from './load.ts';
import { duplicated, illegal, lost, type Problem, stuck } from './problem.ts';
import { endedStates } from './states.ts';

/** All that a run leaves behind. Jobs are known by their names. */
export interface Evidence {
  ledger: Ledger;
  queues: readonly {
    load: Pick<Load, 'queue' | 'variants' | 'faultCodes' | 'fullDiskCodes'>;
    rows: readonly EndedRow[];
  }[];
  changes: readonly Change[];
  /** The transitions that the product recorded. */
  events: readonly Pick<Change, 'job' | 'from' | 'to' | 'attempt'>[];
  /** What the loads found of what their jobs did outside their rows. */
  findings: readonly Problem[];
  openWorkflows: readonly { job: string; runId: string }[];
  /** Job and attempt of every log line that says a job was completed. */
  completions: readonly { job: string; attempt: number }[];
  /** Jobs of which the product told that their rows were refused. */
  toldRefused: readonly string[];
  /** Jobs whose workflow was reset because Temporal had lost its task. */
  reset: readonly string[];
  /** Jobs that the gateway was called for. */
  calledFor: ReadonlySet<string>;
  /** Parts that ended by themselves. */
  crashes: readonly string[];
  /** Commands that outlived their jobs. */
  processes: readonly string[];
}

/** Compares what a run left behind with what must always hold. Empty: all is well. */
export function judge(evidence: Evidence): Problem[] {
  const { ledger, queues, changes } = evidence;
  const reset = new Set(evidence.reset);
  return [
    ...judgeExistence(evidence),
    ...queues.flatMap(({ load, rows }) => rows.flatMap((row) => judgeEnd(row, load, ledger))),
    ...queues.flatMap(({ load, rows }) => judgeShare(rows, load, ledger)),
    ...[...Map.groupBy(changes, ({ job }) => job).values()].flatMap((own) =>
      judgeHistory(own, {
        isWatched: isWatched(queues, own),
        wasReset: own.some(({ job }) => reset.has(job)),
      }),
    ),
    ...queues.flatMap(({ load, rows }) => judgeLimits(load.queue, rows, changes)),
    ...judgeEvents(evidence),
    ...judgeWorkflows(evidence),
    ...judgeCompletions(evidence),
    ...judgeRefusals(evidence),
    ...evidence.findings,
    ...ledger.refusals.map((what) => illegal(what)),
    ...evidence.crashes.map((what) => illegal(`ended by itself: ${what}`)),
    ...evidence.processes.map((what) => illegal(`outlived its job: ${what}`)),
  ];
}

const isWatched = (queues: Evidence['queues'], [change]: readonly Change[]): boolean =>
  queues.some(
    ({ load: { queue } }) => queue.watched !== undefined && change?.job.startsWith(`${queue.name} `),
  );

/** Every job that was acknowledged is there once, and no other. */
function judgeExistence({ ledger, queues }: Evidence): Problem[] {
  const names = new Set(queues.flatMap(({ rows }) => rows.map(({ job }) => job)));
  const missing = [...ledger.made.keys()].filter((name) => !names.has(name));
  const more = [...names].filter((name) => !ledger.made.has(name));
  return [
    ...missing.map((name) => lost(`job ${name} was acknowledged, and its row is gone`)),
    ...more.map((name) =>
      ledger.undone.has(name)
        ? illegal(`job ${name} was rolled back, and is there`)
        : duplicated(`job ${name} was made by nobody: a second one for one upload`),
    ),
  ];
}

type EndedLoad = Evidence['queues'][number]['load'];

/** The code with which a job of its variant fails; `undefined`: it should complete. */
const failureOf = (job: string, load: EndedLoad, ledger: Ledger): string | undefined =>
  load.variants[ledger.made.get(job)?.variant ?? '']?.fails;

function judgeEnd(row: EndedRow, load: EndedLoad, ledger: Ledger): Problem[] {
  const { job, state } = row;
  if (ledger.refused.has(job)) return judgeRefused(row, load);
  const fails = failureOf(job, load, ledger);
  if (!endedStates.includes(state)) return [stuck(`job ${job} is still ${state}`)];
  if (state === 'complete' && fails !== undefined)
    return [illegal(`job ${job} is complete, and should have failed with ${fails}`)];
  if (state === 'failed' && row.errorCode !== fails && !mayFail(row, load, ledger))
    return [illegal(`job ${job} failed with ${row.errorCode}: ${row.errorMessage}`)];
  return [];
}

/** A row that nobody may start waits, until somebody cancels it. */
function judgeRefused({ job, state, attempt, fields }: EndedRow, { queue }: EndedLoad): Problem[] {
  // A watched row counts an attempt each time it is canceled while it waits.
  const neverStarted = queue.watched === undefined ? attempt === 0 : fields[queue.columns.runId] === null;
  if ((state === 'queued' || state === 'canceled') && neverStarted) return [];
  return [illegal(`job ${job}, whose row was refused, is ${state} in attempt ${attempt}`)];
}

/** Its work was never begun, and its reason was told. */
function judgeRefusals({ ledger, queues, toldRefused, calledFor, completions }: Evidence): Problem[] {
  const refused = queues.flatMap(({ rows }) => rows).filter(({ job }) => ledger.refused.has(job));
  const told = new Set(toldRefused);
  const worked = new Set(completions.map(({ job }) => job));
  return refused.flatMap(({ job, id, state }) => [
    ...(worked.has(job) || calledFor.has(id)
      ? [illegal(`job ${job}, whose row was refused, was worked on`)]
      : []),
    ...(state === 'canceled' || told.has(job)
      ? []
      : [illegal(`job ${job}: nobody was told that its row was refused`)]),
  ]);
}

/** Fewer say nothing of a share. */
const leastForShare = 10;

/** Faults fail jobs, each with a code that it may have; but not most of them. */
function judgeShare(rows: readonly EndedRow[], load: EndedLoad, ledger: Ledger): Problem[] {
  const could = rows.filter(
    ({ job, state }) =>
      state !== 'canceled' && !ledger.refused.has(job) && failureOf(job, load, ledger) === undefined,
  );
  const complete = could.filter(({ state }) => state === 'complete').length;
  if (could.length < leastForShare || complete * 2 >= could.length) return [];
  return [illegal(`of ${could.length} jobs of ${load.queue.name} that could complete, ${complete} did`)];
}

const diskIsFull = /no space left on device|ENOSPC|I\/O error/i;

/** Whether the injected faults explain it. */
function mayFail({ job, errorCode, errorMessage }: EndedRow, load: EndedLoad, ledger: Ledger): boolean {
  if (errorCode === 'TERMINATED') return ledger.terminated.has(job);
  if (load.fullDiskCodes?.includes(errorCode ?? '')) return diskIsFull.test(errorMessage ?? '');
  return load.faultCodes.includes(errorCode ?? '');
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

function judgeWorkflows({ openWorkflows, queues }: Evidence): Problem[] {
  const owned = queues
    .flatMap(({ rows }) => rows)
    .filter(({ state }) => state === 'processing' || state === 'parked');
  const inFlight = new Set(owned.map(({ job }) => job));
  return [...Map.groupBy(openWorkflows, ({ job }) => job)].flatMap(([job, open]) => [
    ...(open.length > 1 ? [duplicated(`job ${job} has ${open.length} open workflows`)] : []),
    ...(inFlight.has(job) ? [] : [stuck(`the workflow of ${job} is open, and no row is in flight for it`)]),
  ]);
}

/** A worker says so only when its own fenced write went through. */
function judgeCompletions({ completions }: Evidence): Problem[] {
  const times = Map.groupBy(completions, ({ job, attempt }) => `${job}, attempt ${attempt}`);
  return [...times]
    .filter(([, lines]) => lines.length > 1)
    .map(([name, lines]) => duplicated(`job ${name}: ${lines.length} workers say that they completed it`));
}
