import { design, type Fault, faults, type Move, moves, type Protocol } from './protocol.ts';

/** What happens to the protocol: at most so many faults of these kinds, each of these moves once, so many signals. */
export interface World {
  faults: number;
  kinds: readonly Fault[];
  moves: readonly Move[];
  signals: number;
}

/** A protocol and a world in which it is safe and can always end. */
export interface Setting {
  name: string;
  protocol: Protocol;
  world: World;
}

const aroundTemporal: readonly Fault[] = ['answer is lost', 'reset', 'continue as new', 'foreign workflow'];
const onTheWay: readonly Fault[] = ['answer is lost', 'continue as new', 'reset'];

export const settings = {
  allMoves: {
    name: 'any one fault and all that people do',
    protocol: design,
    world: { faults: 1, kinds: faults, moves, signals: 0 },
  },
  twoFaults: {
    name: 'any two faults around Temporal',
    protocol: design,
    world: { faults: 2, kinds: aroundTemporal, moves: [], signals: 0 },
  },
  resetAndRetry: {
    name: 'a lost answer, a reset and a retry by hand',
    protocol: design,
    world: { faults: 2, kinds: ['answer is lost', 'reset'], moves: ['retry'], signals: 0 },
  },
  reset: {
    name: 'a workflow that is reset',
    protocol: design,
    world: { faults: 1, kinds: ['reset'], moves: [], signals: 0 },
  },
  lostAnswer: {
    name: 'a start whose answer is lost, a cancellation and a retry',
    protocol: design,
    world: { faults: 1, kinds: ['answer is lost'], moves, signals: 0 },
  },
  twoSignals: {
    name: 'two signals and any one fault on the way',
    protocol: design,
    world: { faults: 1, kinds: onTheWay, moves: [], signals: 2 },
  },
  signal: {
    name: 'a signal, a lost answer and another fault in Temporal',
    protocol: design,
    world: { faults: 2, kinds: ['answer is lost', 'continue as new'], moves: [], signals: 1 },
  },
  foreignAndSignal: {
    name: 'a signal and a foreign workflow after the job’s own',
    protocol: design,
    world: { faults: 1, kinds: ['foreign workflow'], moves: [], signals: 1 },
  },
} satisfies Record<string, Setting>;

/** Too much for `npm test`. */
export const largeSettings: Setting[] = [
  {
    name: 'any two faults and a retry by hand',
    protocol: design,
    world: { faults: 2, kinds: faults, moves: ['retry'], signals: 0 },
  },
  {
    name: 'any two faults and all that people do',
    protocol: design,
    world: { faults: 2, kinds: faults, moves, signals: 0 },
  },
  {
    name: 'any three faults and a retry by hand',
    protocol: design,
    world: { faults: 3, kinds: faults, moves: ['retry'], signals: 0 },
  },
  {
    name: 'a signal and any two faults on the way or in Temporal',
    protocol: design,
    world: { faults: 2, kinds: [...onTheWay, 'terminate', 'foreign workflow'], moves: [], signals: 1 },
  },
  {
    name: 'a signal, any one fault, a cancellation and a retry',
    protocol: design,
    world: { faults: 1, kinds: faults, moves, signals: 1 },
  },
];
