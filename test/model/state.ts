import type { Move } from './protocol.ts';
import type { World } from './worlds.ts';

/** A run of the workflow, numbered as Temporal made them; 0 is none. */
export type RunId = number;

export type Status = 'queued' | 'processing' | 'complete' | 'failed' | 'canceled' | 'gone';

/** The row as committed. What a claim has marked and not committed stands with its starter. */
export interface Row {
  status: Status;
  run: RunId;
  /** The runs that owned it at some time: its events tell. */
  owners: readonly RunId[];
  attempt: number;
  cancelRequested: boolean;
  /** Whether its history notes that its mark was refused since it was dispatched last. */
  noted: boolean;
}

/** What the table's constraints and triggers make of a mark of the row: they may refuse it, for a time or for ever. */
export interface Table {
  refuses: boolean;
  /** Whether a workflow of the row has ended, or its starter has noted, that the table refuses the row. */
  told: boolean;
}

export interface Starter {
  name: 'A' | 'B';
  at: 'idle' | 'locked' | 'probed' | 'started' | 'marked';
  /** Whether its transaction, and with it the row's lock, is alive. */
  connected: boolean;
  /** The run that the row named when it was locked. */
  seen: RunId;
  answer: RunId;
}

/** Where work stands: before its first step, at work outside, about to write a failure or a cancellation. */
type WorkAt = 'begin' | 'work' | 'fail' | 'cancel';

export interface Run {
  id: RunId;
  /** The first run of its chain: itself, or the one that was reset. */
  first: RunId;
  /** `close`: all is written, and Temporal has not closed it yet. */
  at: WorkAt | 'close' | 'closed';
  cancelRequested: boolean;
}

/** An activity that Temporal has given up, and whose process goes on. */
export interface Zombie {
  run: RunId;
  at: WorkAt;
}

export interface State {
  row: Row;
  table: Table;
  starters: readonly Starter[];
  /** The open run, if there is one, and the closed ones that somebody still names. */
  runs: readonly Run[];
  zombies: readonly Zombie[];
  faultsLeft: number;
  movesLeft: readonly Move[];
  nextRun: RunId;
}

const idle = { at: 'idle', connected: false, seen: 0, answer: 0 } as const;

export function initial(world: World): State {
  return {
    row: { status: 'queued', run: 0, owners: [], attempt: 0, cancelRequested: false, noted: false },
    table: { refuses: false, told: false },
    starters: [
      { name: 'A', ...idle },
      { name: 'B', ...idle },
    ],
    runs: [],
    zombies: [],
    faultsLeft: world.faults,
    movesLeft: world.moves,
    nextRun: 1,
  };
}

export const openRun = (state: State): Run | undefined => state.runs.find(({ at }) => at !== 'closed');
export const hasEnded = ({ status }: Row): boolean => status !== 'queued' && status !== 'processing';

export function withStarter(state: State, name: Starter['name'], change: Partial<Starter>): State {
  return {
    ...state,
    starters: state.starters.map((starter) => (starter.name === name ? { ...starter, ...change } : starter)),
  };
}

/** The starter as it is between claims. */
export const backToIdle = (state: State, name: Starter['name']): State => withStarter(state, name, idle);

export function withRun(state: State, id: RunId, change: Partial<Run>): State {
  return { ...state, runs: state.runs.map((run) => (run.id === id ? { ...run, ...change } : run)) };
}

/** A new open run: the next of its own chain, or of the chain that was reset. */
export function withNewRun(state: State, first = state.nextRun): State {
  const run: Run = { id: state.nextRun, first, at: 'begin', cancelRequested: false };
  return { ...state, runs: [...state.runs, run], nextRun: state.nextRun + 1 };
}

/** Ends the open run from outside. Its activity, if it had one, hears nothing of it and goes on. */
export function withOpenRunEnded(state: State): State {
  const run = openRun(state);
  if (run === undefined) return state;
  const ended = withRun(state, run.id, { at: 'closed' });
  if (run.at === 'close' || run.at === 'closed') return ended;
  return { ...ended, zombies: [...ended.zombies, { run: run.id, at: run.at }] };
}
