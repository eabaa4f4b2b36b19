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
  'table refuses the row',
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
  /** A row whose mark was refused must be free to be marked before it gets another workflow. */
  probes: boolean;
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
  /** A first step whose table refuses the mark of its row does no work, and notes it on the row's history. */
  atRefusal: 'ends and notes' | 'ends' | 'works';
  /**
   * The run that a reset made takes the row of the run before it and writes its own id there; or it leaves that of the
   * run before, so that both own the row.
   */
  reset: 'takes' | 'shares';
  /** Later writes go to a row that names their own run; or also to one that names the first of their chain; or to any. */
  fence: 'run' | 'chain' | 'none';
  /** Later writes name the state that they leave. */
  legality: boolean;
  reconciler: boolean;
}

export const design: Protocol = {
  rowLock: true,
  marksOnlyStarted: true,
  probes: true,
  conflictPolicy: 'USE_EXISTING',
  looksAtPreviousRun: true,
  firstStep: 'locks',
  takeOver: true,
  atRefusal: 'ends and notes',
  reset: 'takes',
  fence: 'run',
  legality: true,
  reconciler: true,
};
