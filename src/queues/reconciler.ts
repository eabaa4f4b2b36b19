/** What one pass of the reconciler, or of the housekeeping, is given: the queues, and where its activities are run. */
export interface ReconcileInput {
  queues: string[];
  taskQueue: string;
  /** Whose rows they are; left out in schedules of older workers. */
  database?: string;
}

/** The schedules, and the beginning of the ids of their workflows. One of each for all starters and workers that meet there. */
export const reconcilerId = (taskQueue: string): string => `switchyard-reconciler-${taskQueue}`;
export const housekeepingId = (taskQueue: string): string => `switchyard-housekeeping-${taskQueue}`;

/** A task queue of its own, so that a fleet whose places are all taken by jobs that hang is still reconciled. */
export const reconcilerTaskQueue = (taskQueue: string): string => `${taskQueue}-reconciler`;
