/** Types of failures that are no outcome of the job: Temporal tries again, and no row ever shows them. */
export const Interruption = {
  workerStopped: 'WORKER_STOPPED',
  databaseAway: 'DATABASE_AWAY',
  jobWaits: 'JOB_WAITS',
  statementRefused: 'STATEMENT_REFUSED',
  foreignDatabase: 'FOREIGN_DATABASE',
} as const;
