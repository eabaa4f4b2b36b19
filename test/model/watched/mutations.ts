import type { Fault, Move, Protocol } from './protocol.ts';
import { type Setting, settings, type World } from './worlds.ts';

/** A setting in which the design holds, without one ingredient of the design. */
export interface Mutation {
  name: string;
  setting: Pick<Setting, 'protocol' | 'world'>;
  without: Partial<Protocol>;
}

const { allMoves, twoFaults, resetAndRetry, reset, lostAnswer, twoSignals, signal, foreignAndSignal } =
  settings;

const faultsOf = (
  faults: number,
  kinds: readonly Fault[],
  moves: readonly Move[] = [],
): Mutation['setting'] => {
  const world: World = { faults, kinds, moves, signals: 0 };
  return { protocol: allMoves.protocol, world };
};

export const mutations: Mutation[] = [
  {
    name: 'a first start that allows duplicates',
    setting: lostAnswer,
    without: { rejectsDuplicates: false },
  },
  { name: 'no memo', setting: twoFaults, without: { memo: false } },
  {
    name: 'no look through the runs',
    setting: faultsOf(2, ['answer is lost', 'foreign workflow']),
    without: { looksThroughRuns: 'never' },
  },
  {
    name: 'a look through the runs after a foreign workflow alone',
    setting: resetAndRetry,
    without: { looksThroughRuns: 'after foreign' },
  },
  {
    name: 'a start that is sent after its lock is gone',
    setting: allMoves,
    without: { startsInTime: false },
  },
  {
    name: 'a start that is sent after its lock is gone, with a request id',
    setting: faultsOf(1, ['starter loses its connection'], ['retry']),
    without: { startsInTime: false, startRequestId: true },
  },
  {
    name: 'a row that names the run that was started',
    setting: faultsOf(1, ['continue as new']),
    without: { names: 'run' },
  },
  {
    name: 'no fence: an end does not name its workflow',
    setting: faultsOf(1, ['writer is late'], ['retry']),
    without: { fence: 'none' },
  },
  {
    name: 'a fence that lets an end from before a revival through',
    setting: twoFaults,
    without: { fence: 'chain' },
  },
  {
    name: 'no describe before the end of a terminated run is written',
    setting: reset,
    without: { describes: 'never' },
  },
  {
    name: 'no describe before an end is written to a row that was revived',
    setting: allMoves,
    without: { describes: 'terminated' },
  },
  { name: 'no sweep', setting: faultsOf(2, ['answer is lost', 'starter dies']), without: { sweep: false } },
  {
    name: 'no look back after an end was written',
    setting: reset,
    without: { looksBack: false },
  },
  { name: 'no revival', setting: reset, without: { revives: false } },
  {
    name: 'a canceled row that does not count the attempt it waited for',
    setting: lostAnswer,
    without: { countsCanceled: false },
  },
  { name: 'signals that do not wait for the start', setting: twoSignals, without: { holdsSignals: false } },
  {
    name: 'signals to whatever has the workflow id',
    setting: foreignAndSignal,
    without: { signalsOwnChain: false },
  },
  { name: 'signals without a request id', setting: twoSignals, without: { signalRequestId: false } },
  {
    name: 'signals that do not note the run they are sent to',
    setting: signal,
    without: { recordsTarget: false },
  },
];
