import type { Step } from '../search.ts';
import type { Fault } from './protocol.ts';
import type { State } from './state.ts';

export type Actor = 'starter' | 'watch' | 'reconciler' | 'courier' | 'person' | 'world';

/** A step of the protocol for watched jobs, with who takes it. */
export interface WatchedStep extends Step<State> {
  actor: Actor;
}

/** Whether a fault of this kind may come now. */
export type May = (kind: Fault) => boolean;

/** A step that the protocol, or a workflow, takes by itself. */
export const certainly = (actor: Actor, tell: string, to: State): WatchedStep => ({
  actor,
  tell,
  to,
  certain: true,
});

/** One that uses up a fault. */
export const fault = (actor: Actor, tell: string, to: State): WatchedStep => ({
  actor,
  tell,
  to: { ...to, faultsLeft: to.faultsLeft - 1 },
  certain: false,
});
