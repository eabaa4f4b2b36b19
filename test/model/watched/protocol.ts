/** What can go wrong around a watched job. A search allows so many of them in all, in any order. */
export const faults = [
  'starter dies',
  'starter loses its connection',
  'answer is lost',
  'writer is late',
  'list lags',
  'terminate',
  'reset',
  'continue as new',
  'foreign workflow',
] as const;
export type Fault = (typeof faults)[number];

/** What people do of their own will, each once. */
export const moves = ['retry', 'cancel by row'] as const;
export type Move = (typeof moves)[number];

/** The ingredients of the design. Each can be taken away by itself, to see what it is there for. */
export interface Protocol {
  /** The first start of a claim starts nothing where a workflow of this id has been, open or closed. */
  rejectsDuplicates: boolean;
  /** A workflow says in its memo which attempt of which job it is. */
  memo: boolean;
  /**
   * When the runs of this id are looked through for one of this attempt: unless the latest run is the first of an earlier attempt of ours;
   * or after a foreign workflow alone.
   */
  looksThroughRuns: 'unless first' | 'after foreign' | 'never';
  /** No start is sent once Postgres may have let the row go: one deadline, counted from the lock. */
  startsInTime: boolean;
  /** A start has a request id: its key. Temporal knows it again as long as the latest run is the one that it made. */
  startRequestId: boolean;
  /** A row names the first run of its workflow's chain, or the run that was started. */
  names: 'chain' | 'run';
  /** An end is written to a row that is as it was seen: same chain, same dispatch or revival; or the same chain; or in flight at all. */
  fence: 'round' | 'chain' | 'none';
  /**
   * When Temporal is asked for the latest run before an end is written that was heard of: for a terminated run and for a row that was
   * revived; for a terminated run alone; or never.
   */
  describes: 'terminated or revived' | 'terminated' | 'never';
  /** Rows in flight are looked at from time to time, whatever was heard. */
  sweep: boolean;
  /** The close of a later run than the one whose end the row shows is heard of again: polls of visibility look minutes back. */
  looksBack: boolean;
  /** A row that has ended follows its workflow when that was reset. */
  revives: boolean;
  /** A row that is canceled while it is queued counts an attempt: a rolled-back claim may have started its workflow. */
  countsCanceled: boolean;
  /** Signals wait while their job is queued. */
  holdsSignals: boolean;
  /** Signals go to runs of the row's own chain alone. */
  signalsOwnChain: boolean;
  /** A signal has a request id, by which each run takes it once. */
  signalRequestId: boolean;
  /** A signal's row says which run it is sent to before it is sent, and it is sent to no other until that run has closed without it. */
  recordsTarget: boolean;
}

export const design: Protocol = {
  rejectsDuplicates: true,
  memo: true,
  looksThroughRuns: 'unless first',
  startsInTime: true,
  startRequestId: false,
  names: 'chain',
  fence: 'round',
  describes: 'terminated or revived',
  sweep: true,
  looksBack: true,
  revives: true,
  countsCanceled: true,
  holdsSignals: true,
  signalsOwnChain: true,
  signalRequestId: true,
  recordsTarget: true,
};
