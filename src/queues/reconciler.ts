/** What one pass of the reconciler is given: the queues, and where its activities are run. */
export interface ReconcileInput {
  queues: string[];
  taskQueue: string;
}

export interface ReconcileResult {
  /** When files and what is too old were last looked at, in milliseconds of Unix time; the next pass is told. */
  housekeptAt: number;
}

/** The schedule, and the beginning of the id of each of its workflows. One for all starters and workers that meet there. */
export const reconcilerId = (taskQueue: string): string => `switchyard-reconciler-${taskQueue}`;

/** A task queue of its own, so that a fleet whose places are all taken by jobs that hang is still reconciled. */
export const reconcilerTaskQueue = (taskQueue: string): string => `${taskQueue}-reconciler`;
