import type { Context } from '@temporalio/activity';
import pg from 'pg';
import { describeTrouble, sentenceOf, subjectOf } from '../../platform/database-errors.ts';
import { ErrorCode, JobError, KnownError } from '../../platform/errors.ts';
import { Interruption } from '../../queues/interruption.ts';

/** The database as a whole cannot take the work now; the job waits for it. The message says what is wrong. */
export class DatabaseAway extends KnownError {}

/** A right, table or column is missing. It may come (a migration, a GRANT); the job waits for {@link refusalGraceMs}. */
export class StatementRefused extends KnownError {}
const refusalGraceMs = 30_000;

/** The row does not take what was to be written, and would not take it at another try. */
export const rowRefused = (why: string, cause?: unknown): JobError =>
  new JobError(ErrorCode.ROW_REFUSED, `the database refuses what was to be written: ${why}`, {
    retryable: false,
    cause,
  });

/** The row is no longer this run's: whatever the work did or would do, it is no outcome of the job. */
export class RowLost extends KnownError {}

/** What came is another database's: a worker of that one does it. */
export class ForeignDatabase extends KnownError {
  override readonly name = Interruption.foreignDatabase;
}

/** A worker is given a job of a queue that its code does not have: another version of it is wanted. */
export class UnknownQueue extends KnownError {}

/** @throws {ForeignDatabase} when what came carries the identity of another database than the queue's */
export function refuseForeign(own: string | undefined, { database }: { database?: string }): void {
  if (own === undefined || database === undefined || database === own) return;
  throw new ForeignDatabase(
    `this worker serves the database ${own}, and the job is of the database ${database}; nothing was touched`,
  );
}

/** For `.catch` of database work: what the error means for the job. */
export function rethrowDatabaseError(error: unknown): never {
  throw error instanceof KnownError ? error : meaningOf(error);
}

/** The same before any work was done: the job waits for whatever is missing, for as long as its deadline lets it. */
export function rethrowBeforeWork(error: unknown): never {
  const isOfStatement = error instanceof pg.DatabaseError && subjectOf(error) === 'statement';
  return rethrowDatabaseError(isOfStatement ? databaseAway(error) : error);
}

/** An error of the database that nobody on its way has looked at; any other stays as it is. */
export const meaningOfUncaught = (error: unknown): unknown =>
  error instanceof pg.DatabaseError ? meaningOf(error) : error;

function meaningOf(error: unknown): unknown {
  const subject = subjectOf(error);
  if (subject === 'program') return error;
  if (!(error instanceof pg.DatabaseError) || subject === 'database') return databaseAway(error);
  if (subject === 'row') return rowRefused(sentenceOf(error), error);
  return new StatementRefused(sentenceOf(error), { cause: error });
}

const databaseAway = (cause: unknown) =>
  new DatabaseAway(`the database is away: ${describeTrouble(cause)}`, { cause });

/**
 * The job cannot go on now: a system that it needs is paused or out of order, or its queue is full. It is handed back, holds
 * no slot, and comes again.
 */
export class JobWait extends KnownError {
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
  /** When the database first refused a statement of the job, in milliseconds since 1970. */
  refusedSince?: number;
  /** How far long work has come, in its own measure (pages), for Temporal's Web UI. */
  reached?: number;
  /** The stage that the work is in, for Temporal's Web UI; the next attempt begins anew. */
  stage?: string;
  /** What the job waits for, in words, once its workflow was told. */
  waits?: string;
}

export function progressBefore({ info }: Context): Progress {
  const details: unknown = info.heartbeatDetails;
  if (typeof details !== 'object' || details === null) return { interruptions: 0 };
  const { interruptions, outOfOrderSince, refusedSince, reached, waits } = details as Record<string, unknown>;
  return {
    interruptions: typeof interruptions === 'number' ? interruptions : 0,
    ...(typeof outOfOrderSince === 'number' && { outOfOrderSince }),
    ...(typeof refusedSince === 'number' && { refusedSince }),
    ...(typeof reached === 'number' && { reached }),
    ...(typeof waits === 'string' && { waits }),
  };
}

/** Whether what the database refuses may still be mended: by a migration that is under way, or a GRANT. */
export function isInGrace(progress: Progress): boolean {
  progress.refusedSince ??= Date.now();
  return Date.now() - progress.refusedSince < refusalGraceMs;
}
