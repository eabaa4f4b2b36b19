import type { Protocol } from './protocol.ts';
import { hasEnded, isHeld, type Row, type Run, type RunAt, type Sight, type State } from './state.ts';
import { certainly, fault, type May, type WatchedStep } from './step.ts';
import { openRun, withOpenRunAt, withRun } from './temporal.ts';

/** How many sights may wait to be written at a time: two, so that one may be late. */
const mostSights = 2;

/** How rows in flight come to their ends. */
export function watchSteps(protocol: Protocol, may: May, state: State): WatchedStep[] {
  return [
    ...hear(protocol, state),
    ...sweep(protocol, state),
    ...write(protocol, may, state),
    ...carryCancel(protocol, state),
    ...stopOrphan(protocol, state),
  ];
}

/**
 * A close is heard of once: by the starter that claimed the row and follows its run, or by a poll of visibility. By then the row
 * may not be in flight yet.
 */
function hear(protocol: Protocol, state: State): WatchedStep[] {
  return state.runs.flatMap((run) => {
    if (run.at === 'open' || run.heard || run.attempt === 0) return [];
    const to = withRun(state, run.id, { heard: true });
    const who = `a starter hears that run ${run.id} has closed and`;
    if (state.sights.length >= mostSights) return [];
    const steps = looked(protocol, to, run, who);
    return steps.length > 0 ? steps : [certainly('watch', `${who} has nothing to write`, to)];
  });
}

function sweep(protocol: Protocol, state: State): WatchedStep[] {
  if (!protocol.sweep || state.row.status !== 'processing') return [];
  return looked(protocol, state, undefined, 'the sweep');
}

/** What somebody sees who asks Temporal for the workflow of the row, or who takes the end that he heard of as it is. */
function looked(protocol: Protocol, state: State, heardOf: Run | undefined, who: string): WatchedStep[] {
  if (state.sights.length >= mostSights) return [];
  const own = ownRuns(protocol, state);
  const last = takesAsHeard(protocol, state, heardOf) ? own.find(({ id }) => id === heardOf?.id) : own.at(-1);
  const status = last === undefined ? undefined : sightOf(protocol, state.row, last);
  if (last === undefined || status === undefined) return [];
  const { run, round, shown } = state.row;
  if (
    state.sights.some((sight) => sight.last === last.id && sight.round === round && sight.status === status)
  )
    return [];
  const to = { ...state, sights: [...state.sights, { status, run, last: last.id, round, shown }] };
  const tell =
    status === 'processing'
      ? `sees that run ${last.id} came after the end`
      : `sees run ${last.id}: ${status}`;
  return [certainly('watch', `${who} ${tell}`, to)];
}

/** Whoever hears of a close does not know whether it is from before the row was revived. */
function takesAsHeard(protocol: Protocol, state: State, heardOf: Run | undefined): boolean {
  if (heardOf === undefined || state.row.status !== 'processing') return false;
  if (protocol.describes === 'never') return true;
  const wasRevived = ownRuns(protocol, state).some(({ id }) => id === state.row.shown);
  return heardOf.at !== 'terminated' && (protocol.describes === 'terminated' || !wasRevived);
}

function sightOf({ revives }: Protocol, row: Row, last: Run): Sight['status'] | undefined {
  if (row.status === 'processing') return endOf[last.at];
  return revives && hasEnded(row) && row.shown !== last.id ? 'processing' : undefined;
}

const endOf: Record<RunAt, Exclude<Sight['status'], 'processing'> | undefined> = {
  open: undefined,
  continued: undefined,
  complete: 'complete',
  failed: 'failed',
  canceled: 'canceled',
  terminated: 'failed',
};

/** The runs of the workflow that the row names. */
export const ownRuns = ({ names }: Protocol, { row, runs }: State): Run[] =>
  runs.filter(({ id, first }) => row.run === (names === 'chain' ? first : id));

/** One UPDATE, which waits for whoever holds the row. */
function write(protocol: Protocol, may: May, state: State): WatchedStep[] {
  if (isHeld(state)) return [];
  return state.sights.flatMap((sight, index) => {
    const rest = { ...state, sights: state.sights.toSpliced(index, 1) };
    const what = `what was seen of run ${sight.last}, ${sight.status},`;
    if (!fits(protocol, state.row, sight)) {
      return [certainly('watch', `${what} is late and changes nothing`, rest)];
    }
    const row = written(state.row, sight);
    const to = laterUnheard(protocol, { ...rest, row });
    const steps = [certainly('watch', `${what} is written`, to)];
    if (may('writer is late')) {
      const tell = `${what} is written, and another starter, which saw the same, is late`;
      steps.push(fault('watch', tell, { ...to, sights: state.sights }));
    }
    return steps;
  });
}

function written(row: Row, { status, last }: Sight): Row {
  if (status === 'processing') return { ...row, status, cancelRequested: false, round: row.round + 1 };
  return { ...row, status, shown: last };
}

/** The polls of visibility look minutes back: the close of a later run than the one whose end the row shows is heard of once more. */
function laterUnheard(protocol: Protocol, state: State): State {
  const last = ownRuns(protocol, state).at(-1);
  const showsLast = !hasEnded(state.row) || last?.id === state.row.shown;
  return showsLast || !protocol.looksBack ? state : unheard(protocol, state);
}

/** The close of the row's run is heard of once more. */
export function unheard(protocol: Protocol, state: State): State {
  const last = ownRuns(protocol, state).at(-1);
  return last === undefined ? state : withRun(state, last.id, { heard: false });
}

function fits({ fence }: Protocol, row: Row, { status, run, round, shown }: Sight): boolean {
  if (status === 'processing')
    return hasEnded(row) && row.run === run && row.round === round && row.shown === shown;
  if (row.status !== 'processing') return false;
  return fence === 'none' || (row.run === run && (fence === 'chain' || row.round === round));
}

/** A cancellation names the chain, which Temporal checks. */
function carryCancel(protocol: Protocol, state: State): WatchedStep[] {
  const run = openRun(state);
  const { row } = state;
  if (run === undefined || row.status !== 'processing' || !row.cancelRequested || run.cancelRequested)
    return [];
  if (!ownRuns(protocol, state).includes(run)) return [];
  const to = withRun(state, run.id, { cancelRequested: true });
  return [certainly('watch', `a starter asks Temporal to cancel run ${run.id}`, to)];
}

/** An open workflow of ours that its row neither names nor may yet take over: asked to cancel, then terminated. */
function stopOrphan(protocol: Protocol, state: State): WatchedStep[] {
  const run = openRun(state);
  const { row } = state;
  if (run === undefined || run.attempt === 0 || isHeld(state)) return [];
  if (ownRuns(protocol, state).includes(run))
    return row.status === 'queued' ? [] : reviveOpen(protocol, state, run);
  if (run.attempt > row.attempt && row.status === 'queued') return [];
  const tell = `the reconciler ${run.cancelRequested ? 'terminates' : 'cancels'} run ${run.id}, which is not the row’s`;
  const stopped = withRun(state, run.id, { cancelRequested: true, stopped: true });
  return [
    certainly('reconciler', tell, run.cancelRequested ? withOpenRunAt(stopped, 'terminated') : stopped),
  ];
}

function reviveOpen(protocol: Protocol, state: State, run: Run): WatchedStep[] {
  return hasEnded(state.row) ? looked(protocol, state, run, 'the reconciler') : [];
}
