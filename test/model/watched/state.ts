import type { Move } from './protocol.ts';
import type { World } from './worlds.ts';

/** A run under the job's workflow id, numbered as Temporal made them; 0 is none. */
export type RunId = number;

type EndedStatus = 'complete' | 'failed' | 'canceled';
type Status = 'queued' | 'processing' | EndedStatus;

/** The row as committed. */
export interface Row {
  status: Status;
  /** The workflow that it names: the first run of its chain. */
  run: RunId;
  attempt: number;
  cancelRequested: boolean;
  /** Goes up as the row goes in flight, by a claim or a revival. */
  round: number;
  /** The run whose end it shows. */
  shown: RunId;
}

export interface Starter {
  name: 'A' | 'B';
  at: 'idle' | 'locked' | 'met' | 'looking' | 'restarting' | 'started';
  /** Whether its transaction, and with it the row's lock, is alive. */
  connected: boolean;
  /** The attempt that it starts. */
  attempt: number;
  /** The first run of the workflow that it found or made, and the latest. */
  answer: RunId;
  latest: RunId;
}

export type RunAt = 'open' | 'continued' | 'terminated' | EndedStatus;

export interface Run {
  id: RunId;
  /** The first run of its chain, which continue-as-new and resets keep. */
  first: RunId;
  /** The attempt that its memo names; 0 for a foreign workflow. */
  attempt: number;
  at: RunAt;
  cancelRequested: boolean;
  /** Whether the reconciler stopped it. */
  stopped: boolean;
  /** Whether its close has been heard of. */
  heard: boolean;
  /** The signals that it and the runs before it got, in order. */
  got: readonly number[];
  /** The request ids of signals that it has taken itself: the next run of its chain does not know them. */
  taken: readonly number[];
}

/** What a starter has seen and is about to write: the end of a workflow, or that it runs again. */
export interface Sight {
  status: Exclude<Status, 'queued'>;
  run: RunId;
  /** The run that it is the end of. */
  last: RunId;
  round: number;
  shown: RunId;
}

export interface Signal {
  status: 'waiting' | 'delivered' | 'failed';
  /** The run that it is sent to, as its row says. */
  target: RunId;
}

/** One that delivers signals, and may be late with any step. */
export interface Courier {
  name: 'A' | 'B';
  at: 'idle' | 'aimed' | 'taken' | 'closed';
  /** The number of the signal, from 1. */
  signal: number;
  target: RunId;
}

export interface State {
  row: Row;
  starters: readonly Starter[];
  /** All that there have been; the last is the latest, and the only one that may be open. */
  runs: readonly Run[];
  sights: readonly Sight[];
  signals: readonly Signal[];
  couriers: readonly Courier[];
  faultsLeft: number;
  movesLeft: readonly Move[];
}

const idleStarter = { at: 'idle', connected: false, attempt: 0, answer: 0, latest: 0 } as const;
const idleCourier = { at: 'idle', signal: 0, target: 0 } as const;

export function initial(world: World): State {
  return {
    row: { status: 'queued', run: 0, attempt: 0, cancelRequested: false, round: 0, shown: 0 },
    starters: [
      { name: 'A', ...idleStarter },
      { name: 'B', ...idleStarter },
    ],
    runs: [],
    sights: [],
    signals: Array.from({ length: world.signals }, () => ({ status: 'waiting', target: 0 })),
    couriers: [
      { name: 'A', ...idleCourier },
      { name: 'B', ...idleCourier },
    ],
    faultsLeft: world.faults,
    movesLeft: world.moves,
  };
}

export const hasEnded = ({ status }: Row): boolean => status !== 'queued' && status !== 'processing';
export const isHeld = ({ starters }: State): boolean => starters.some(({ connected }) => connected);

export function withStarter(state: State, name: Starter['name'], change: Partial<Starter>): State {
  const starters = state.starters.map((starter) =>
    starter.name === name ? { ...starter, ...change } : starter,
  );
  return { ...state, starters };
}
export const starterIdle = (state: State, name: Starter['name']): State =>
  withStarter(state, name, idleStarter);

export function withCourier(state: State, name: Courier['name'], change: Partial<Courier>): State {
  const couriers = state.couriers.map((courier) =>
    courier.name === name ? { ...courier, ...change } : courier,
  );
  return { ...state, couriers };
}
export const courierIdle = (state: State, name: Courier['name']): State =>
  withCourier(state, name, idleCourier);

export function withSignal(state: State, number: number, change: Partial<Signal>): State {
  const signals = state.signals.map((signal, index) =>
    index === number - 1 ? { ...signal, ...change } : signal,
  );
  return { ...state, signals };
}
