import type { Step } from './search.ts';
import type { RunId, State } from './state.ts';

export type Actor = 'starter' | 'run' | 'reconciler' | 'person' | 'world';

/** A step of the protocol, with what the invariants ask of it. */
export interface ProtocolStep extends Step<State> {
  actor: Actor;
  /** The run that took it. */
  run?: RunId;
  /** Whether outside work begins with it. */
  begins?: boolean;
}

/** A step that the protocol takes by itself. */
export const certainly = (
  actor: Actor,
  tell: string,
  to: State,
  more?: { run: RunId; begins?: boolean },
): ProtocolStep => ({ actor, tell, to, certain: true, ...more });

/** One that uses up a fault. */
export const fault = (actor: Actor, tell: string, to: State, run?: RunId): ProtocolStep => ({
  actor,
  tell,
  to: { ...to, faultsLeft: to.faultsLeft - 1 },
  certain: false,
  ...(run !== undefined && { run }),
});
