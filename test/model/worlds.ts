import { design, type Fault, faults, type Move, moves, type Protocol } from './protocol.ts';

/** What happens to the protocol: at most so many faults of these kinds, and each of these moves once. */
export interface World {
  faults: number;
  kinds: readonly Fault[];
  moves: readonly Move[];
}

/** A protocol and a world in which it is safe and can always end. */
export interface Setting {
  name: string;
  protocol: Protocol;
  world: World;
}

const noReconciler: Protocol = { ...design, reconciler: false };
const crashes: readonly Fault[] = ['starter dies', 'worker dies', 'start is refused', 'answer is lost'];

export const settings = {
  threeFaults: {
    name: 'any three faults and a retry by hand',
    protocol: design,
    world: { faults: 3, kinds: faults, moves: ['retry'] },
  },
  twoFaults: {
    name: 'any two faults, a retry and a cancellation by row',
    protocol: design,
    world: { faults: 2, kinds: faults, moves: ['retry', 'cancel by row'] },
  },
  allMoves: {
    name: 'any one fault and all that people do',
    protocol: design,
    world: { faults: 1, kinds: faults, moves },
  },
  terminate: {
    name: 'a workflow that is terminated',
    protocol: design,
    world: { faults: 1, kinds: ['terminate'], moves: [] },
  },
  refused: {
    name: 'a table that refuses the row, for a time or for ever',
    protocol: design,
    world: { faults: 1, kinds: ['table refuses the row'], moves: [] },
  },
  crashesAndCancel: {
    name: 'crashes, a cancellation by row and a retry by hand',
    protocol: design,
    world: { faults: 3, kinds: crashes, moves: ['retry', 'cancel by row'] },
  },
  crashesAlone: {
    name: 'crashes and a retry by hand, and no reconciler',
    protocol: noReconciler,
    world: { faults: 3, kinds: crashes, moves: ['retry'] },
  },
  frozenStarters: {
    name: 'crashes and frozen starters, and no reconciler',
    protocol: noReconciler,
    world: { faults: 3, kinds: [...crashes, 'starter loses its connection'], moves: [] },
  },
} satisfies Record<string, Setting>;

/** Too much for `npm test`: more than a minute of one core, and 3 GB. */
export const allAtOnce: Setting = {
  name: 'any three faults and all that people do',
  protocol: design,
  world: { faults: 3, kinds: faults, moves },
};
