import type { Model } from '../search.ts';
import { broken } from './invariants.ts';
import { keyOf } from './key.ts';
import { moveSteps, temporalFaults, workflowSteps } from './outside-steps.ts';
import type { Fault, Protocol } from './protocol.ts';
import { signalSteps } from './signal-steps.ts';
import { startSteps } from './start-steps.ts';
import { hasEnded, initial, type State } from './state.ts';
import type { WatchedStep } from './step.ts';
import { lastOf, openRun } from './temporal.ts';
import { watchSteps } from './watch-steps.ts';
import type { World } from './worlds.ts';

/** One watched job, two starters, Temporal, the watch, two couriers of signals, and what may go wrong with them. */
export function watchedProtocol(protocol: Protocol, world: World): Model<State, WatchedStep> {
  return {
    initial: initial(world),
    steps: (state) => {
      const may = (kind: Fault) => state.faultsLeft > 0 && world.kinds.includes(kind);
      return [
        ...state.starters.flatMap((starter) => startSteps(protocol, may, state, starter)),
        ...watchSteps(protocol, may, state),
        ...state.couriers.flatMap((courier) => signalSteps(protocol, may, state, courier)),
        ...workflowSteps(state),
        ...temporalFaults(may, state),
        ...moveSteps(protocol, state),
      ];
    },
    keyOf,
    broken,
    isSettled: (state) => isTaken(state) || (isOver(state) && isTold(state)),
  };
}

/** A foreign workflow has the id, and may keep it for ever: the row waits. */
const isTaken = (state: State): boolean => state.row.status === 'queued' && openRun(state)?.attempt === 0;

/** The row has ended, and shows how its workflow did, unless it was canceled after a retry and before the next start. */
function isOver(state: State): boolean {
  const { row, runs } = state;
  if (!hasEnded(row) || (openRun(state)?.attempt ?? 0) > 0) return false;
  const last = lastOf(runs, row.run);
  return last === undefined || last.id === row.shown || (row.status === 'canceled' && last.heard);
}

const isTold = ({ signals }: State): boolean => signals.every(({ status }) => status !== 'waiting');
