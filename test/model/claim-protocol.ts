import { broken } from './invariants.ts';
import { keyOf, tidy } from './key.ts';
import { carrySteps, moveSteps, tableSteps, temporalFaults } from './outside-steps.ts';
import type { Fault, Protocol } from './protocol.ts';
import type { ProtocolStep } from './protocol-step.ts';
import { reconcilerSteps } from './reconciler-steps.ts';
import { isHeld } from './row-moves.ts';
import { runSteps, zombieSteps } from './run-steps.ts';
import type { Model } from './search.ts';
import { starterSteps } from './starter-steps.ts';
import { hasEnded, initial, openRun, type State } from './state.ts';
import type { World } from './worlds.ts';

/** One row, two starters, Temporal, activities in time and late, a reconciler, and what may go wrong with them. */
export function claimProtocol(protocol: Protocol, world: World): Model<State, ProtocolStep> {
  return {
    initial: initial(world),
    steps: (state) =>
      stepsFrom(protocol, world, state).map((step) => ({ ...step, to: tidy(protocol, step.to) })),
    keyOf,
    broken: (from, step) => broken(protocol, from, step),
    isSettled: (state) => (hasEnded(state.row) || isRefused(state)) && openRun(state) === undefined,
  };
}

/** Waits until its table takes it: nothing else can be done for it. */
const isRefused = ({ row, table }: State): boolean => row.status === 'queued' && row.noted && table.refuses;

function stepsFrom(protocol: Protocol, world: World, state: State): ProtocolStep[] {
  const may = (kind: Fault) => state.faultsLeft > 0 && world.kinds.includes(kind);
  const held = isHeld(protocol, state);
  const run = openRun(state);
  return [
    ...state.starters.flatMap((starter) => starterSteps(protocol, may, state, starter)),
    ...(run === undefined ? [] : runSteps(protocol, may, state, run)),
    ...carrySteps(state),
    ...(protocol.reconciler ? reconcilerSteps(state, held) : []),
    ...zombieSteps(protocol, state),
    ...temporalFaults(may, state),
    ...tableSteps(may, state, held),
    ...moveSteps(state, held),
  ];
}
