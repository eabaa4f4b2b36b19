import type { Run, RunAt, RunId, State } from './state.ts';

/** Temporal as it was seen to behave (server 1.32): one workflow id, at most one open run, the latest. */

export const latest = ({ runs }: State): Run | undefined => runs.at(-1);

export function openRun(state: State): Run | undefined {
  const run = latest(state);
  return run?.at === 'open' ? run : undefined;
}

export function withRun(state: State, id: RunId, change: Partial<Run>): State {
  return { ...state, runs: state.runs.map((run) => (run.id === id ? { ...run, ...change } : run)) };
}

/** The first run of a chain of its own. */
export function withNewChain(state: State, attempt: number): State {
  const id = state.runs.length + 1;
  return withNewRun(state, { id, first: id, attempt, got: [] });
}

/** The next run of a chain: it has the memo and what signals have done, and knows no request id. */
function withNextOf(state: State, { first, attempt, got }: Run): State {
  return withNewRun(state, { id: state.runs.length + 1, first, attempt, got });
}

function withNewRun(state: State, run: Pick<Run, 'id' | 'first' | 'attempt' | 'got'>): State {
  const fresh = { at: 'open', cancelRequested: false, stopped: false, heard: false, taken: [] } as const;
  return { ...state, runs: [...state.runs, { ...fresh, ...run }] };
}

export const withOpenRunAt = (state: State, at: RunAt): State => {
  const run = openRun(state);
  return run === undefined ? state : withRun(state, run.id, { at });
};

export function continuedAsNew(state: State): State {
  const run = openRun(state);
  return run === undefined
    ? state
    : withNextOf(withRun(state, run.id, { at: 'continued', heard: true }), run);
}

/** A reset ends whichever run is open, and gives the new run the signals that came after its point too. */
export const reset = (state: State, base: Run): State => withNextOf(withOpenRunAt(state, 'terminated'), base);

/** The last run of each chain of ours. */
export const chainEnds = ({ runs }: State): Run[] =>
  runs.filter(({ id, first, attempt }) => attempt > 0 && lastOf(runs, first)?.id === id);

export const lastOf = (runs: readonly Run[], chain: RunId): Run | undefined =>
  runs.findLast(({ first }) => first === chain);
