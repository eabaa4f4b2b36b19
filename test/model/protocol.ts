/** What can go wrong around the protocol. A search allows so many of them in all, in any order. */
export const faults = [
  'starter dies',
  'starter loses its connection',
  'worker dies',
  'start is refused',
  'answer is lost',
  'activity freezes',
  'terminate',
  'reset',
] as const;
export type Fault = (typeof faults)[number];

/** What people do of their own will: moves that the protocol must stand, but may not wait for. */
export const moves = ['retry', 'cancel by row', 'cancel in Temporal', 'delete'] as const;
export type Move = (typeof moves)[number];

/** The ingredients of the design. Each can be taken away by itself, to see what it is there for. */
export interface Protocol {
  /** A claim holds its row from lock to COMMIT. */
  rowLock: boolean;
  /** A claim marks only what Temporal said it started. */
  marksOnlyStarted: boolean;
  /** What a start does that meets an open run. */
  conflictPolicy: 'USE_EXISTING' | 'TERMINATE_EXISTING';
  /** A start answered with the run that the row names already leaves the row: that run is closing. */
  looksAtPreviousRun: boolean;
  /**
   * How a run's first step meets a row that its claimer holds: it locks, which waits; it updates the new state, which
   * matches nothing and does not wait; it reads the row as it was before.
   */
  firstStep: 'locks' | 'updates' | 'reads';
  /** The first step takes over a queued row whose claim was rolled back. */
  takeOver: boolean;
  /**
   * The run that a reset made writes its own id on the row that its predecessor owned; or both own the row together,
   * because a row that names the first run of a chain is every run's of the chain.
   */
  reset: 'adopts' | 'shares';
  /** Later writes name the run that they come from. */
  fence: boolean;
  /** Later writes name the state that they leave. */
  legality: boolean;
  reconciler: boolean;
}

export const design: Protocol = {
  rowLock: true,
  marksOnlyStarted: true,
  conflictPolicy: 'USE_EXISTING',
  looksAtPreviousRun: true,
  firstStep: 'locks',
  takeOver: true,
  reset: 'adopts',
  fence: true,
  legality: true,
  reconciler: true,
};
