import type { Context } from '@temporalio/activity';
import { isTransientDatabaseError } from '../platform/database.ts';
import { JobError } from '../platform/errors.ts';

/** Types of failures that are no outcome of the job: Temporal tries again, and no row ever shows them. */
export const Interruption = {
  workerStopped: 'WORKER_STOPPED',
  databaseAway: 'DATABASE_AWAY',
  jobWaits: 'JOB_WAITS',
} as const;

export class DatabaseAway extends Error {}

/** The row is no longer this run's: whatever the work did or would do, it is no outcome of the job. */
export class RowLost extends Error {}

export function rethrowDatabaseError(error: unknown): never {
  const says = [JobError, JobWait, DatabaseAway].some((told) => error instanceof told);
  if (says || !isTransientDatabaseError(error)) throw error;
  throw new DatabaseAway('the database is away', { cause: error });
}

/**
 * The job cannot go on now: a system that it needs is paused or out of order, or its queue is full. It is handed back, holds
 * no slot, and comes again.
 */
export class JobWait extends Error {
  readonly retryInMs: number;

  constructor(message: string, retryInMs: number) {
    super(message);
    this.retryInMs = retryInMs;
  }
}

/**
 * What a job keeps from one of Temporal's attempts to the next, in its heartbeat. Only an attempt that changes it sends
 * it: a heartbeat at the start of every job would be a call more for each of them.
 */
export interface Progress {
  /** Attempts that were broken off without being tries. */
  interruptions: number;
  /** When the job first met a system out of order, in milliseconds since 1970; gone once that answers. */
  outOfOrderSince?: number;
  /** How far long work has come, in its own measure (pages), for Temporal's Web UI. */
  reached?: number;
}

export function progressBefore({ info }: Context): Progress {
  const details: unknown = info.heartbeatDetails;
  if (typeof details !== 'object' || details === null) return { interruptions: 0 };
  const { interruptions, outOfOrderSince, reached } = details as Record<string, unknown>;
  return {
    interruptions: typeof interruptions === 'number' ? interruptions : 0,
    ...(typeof outOfOrderSince === 'number' && { outOfOrderSince }),
    ...(typeof reached === 'number' && { reached }),
  };
}
