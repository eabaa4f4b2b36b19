import { isDeepStrictEqual } from 'node:util';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { Interruption } from '../../queues/interruption.ts';
import { type JobOutcome, type JobRun, OutcomeStatus, type Question } from '../../queues/job.ts';
import type { JobRow } from '../rows/ownership.ts';
import type { JobTransitions } from '../rows/transitions.ts';
import { completeJob, type WorkDone } from './completion.ts';
import {
  DatabaseAway,
  ForeignDatabase,
  JobWait,
  meaningOfUncaught,
  type Progress,
  progressBefore,
  RowLost,
  refusalGraceMs,
  rethrowBeforeWork,
  rethrowDatabaseError,
  rowRefused,
  StatementRefused,
} from './interruptions.ts';
import { mayPass, storageError } from './storage-errors.ts';

/** How tries of an outside system are counted and spaced. */
export interface RetryPolicy {
  maxAttempts: number;
  initialIntervalMs: number;
  maxIntervalMs: number;
}

/** What a pipeline's work is given: its row, a log that names the job, and whether it was told to stop. */
export interface WorkContext {
  run: JobRun;
  row: JobRow;
  attempt: number;
  /** Whether a retryable failure of this try is final. */
  lastTry: boolean;
  /** What the next of Temporal's attempts will know of this one. */
  progress: Progress;
  /**
   * Writes progress columns of the row, fenced.
   * @throws {RowLost} when the row is no longer this run's: the work must end, and the job is left as it is
   */
  update: (values: Readonly<Record<string, unknown>>) => Promise<void>;
  log: Logger;
  signal: AbortSignal;
}

/** What follows from a row that is complete, and must not happen to any other. Called again until it has been done once. */
export type Settle = (row: JobRow) => Promise<void>;
const settleAgainMs = 2_000;

/** Work that cannot go on without an answer: the row is parked, and the work is run again when it has one. */
export interface WorkAsks {
  ask: Question;
}

/**
 * A sign of life, and what brings word to a running job that it was canceled: promised within a second, of which a starter without
 * a doorbell may take half. Jobs that are shorter never send one. The heartbeat timeout of workflows is many of them.
 */
export const heartbeatEveryMs = 400;

/** One of Temporal's tries of an activity that works for a job. */
interface Try extends StepContext {
  /** Tries of the work; those that were broken off without being tries are not counted. */
  tries: number;
  /** Whether a system was out of order before. */
  waits: boolean;
}

/** What the work of a step is given: `system.call` takes it as it is. */
export type StepContext = Pick<WorkContext, 'run' | 'lastTry' | 'progress' | 'log' | 'signal'>;

/**
 * Runs one step of a job as an activity of its own: for workflows that begin and complete the job themselves. It heartbeats as long
 * as the process lives. A step that a worker which stops, an outage of the database or a system out of order breaks off is handed
 * back, and uses up no try.
 * @throws {ApplicationFailure} whose type is the error code, final or with the wait before the next try
 * @throws {CancelledFailure} when the workflow was canceled
 */
export async function asStep<T>(
  deps: { retry: RetryPolicy; log: Logger },
  run: JobRun,
  work: (step: StepContext) => Promise<T>,
): Promise<T> {
  return inTry(deps, run, work);
}

/**
 * Runs a pipeline's work as one activity: begin the job → work → complete the job with its result. Both ends are fenced
 * transactions; in between no database connection is held. Its tries are those of a step.
 */
export async function asJob(
  deps: { jobs: JobTransitions; retry: RetryPolicy; settle?: Settle; log: Logger },
  run: JobRun,
  work: (context: WorkContext) => Promise<WorkDone | WorkAsks>,
): Promise<JobOutcome> {
  return inTry(deps, run, async (job) => {
    try {
      return await beginWorkComplete(deps, job, work);
    } catch (error) {
      if (error instanceof RowLost) return superseded(job.log);
      throw error;
    }
  });
}

async function beginWorkComplete(
  deps: { jobs: JobTransitions; settle?: Settle; log: Logger },
  job: Try,
  work: (context: WorkContext) => Promise<WorkDone | WorkAsks>,
): Promise<JobOutcome> {
  const { run, progress } = job;
  const begun = await deps.jobs.begin(run, { firstTry: job.tries === 1 }).catch(rethrowBeforeWork);
  if (begun.kind === 'parked') return { status: OutcomeStatus.parked, parked: begun.parked };
  if (begun.kind === 'complete') {
    await settled(deps, begun.row, job.log);
    return { status: OutcomeStatus.complete };
  }
  if (begun.kind === 'superseded') return superseded(job.log);
  job.log = job.log.child({ attempt: begun.attempt });
  const { log } = job;
  // A job that waits for a system begins every few seconds.
  log[job.waits ? 'debug' : 'info']('job begun');

  const done = await work({
    run,
    row: begun.row,
    attempt: begun.attempt,
    lastTry: job.lastTry,
    progress,
    update: async (values) => {
      if (!(await deps.jobs.update(run, values))) throw new RowLost();
      delete progress.refusedSince;
    },
    log,
    signal: job.signal,
  });
  if ('ask' in done) {
    const parked = await deps.jobs.park(run, done.ask).catch(rethrowDatabaseError);
    if (parked === undefined) return superseded(log);
    log.info({ step: parked.step }, 'job waits for an answer');
    return { status: OutcomeStatus.parked, parked };
  }
  const settle = () => settled(deps, begun.row, log);
  if (!(await completeJob({ jobs: deps.jobs, settle, log }, run, done))) return superseded(log);
  return { status: OutcomeStatus.complete };
}

/** Heartbeats, counts tries, and says what a failure of the activity means to Temporal. */
async function inTry<T>(
  deps: { retry: RetryPolicy; log: Logger },
  run: JobRun,
  act: (current: Try) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const progress = progressBefore(context);
  const before = { ...progress };
  const tries = Math.max(1, context.info.attempt - before.interruptions);
  const names = { jobId: run.jobId, queue: run.queue, requestId: run.requestId };
  const current: Try = {
    run,
    tries,
    lastTry: tries >= deps.retry.maxAttempts,
    waits: before.outOfOrderSince !== undefined,
    progress,
    log: deps.log.child({ ...names, try: tries }),
    signal: context.cancellationSignal,
  };
  const beat = setInterval(() => context.heartbeat({ ...progress }), heartbeatEveryMs);
  try {
    return await act(current);
  } catch (thrown) {
    const { log } = current;
    const error = meaningOfUncaught(thrown);
    const interruption = interruptionOf(error, context, progress, log);
    // No try of the outside system: counted apart, so that neither an outage nor a rollout uses one up.
    if (interruption !== undefined) progress.interruptions += 1;
    if (!isDeepStrictEqual(progress, before)) context.heartbeat({ ...progress });
    throw interruption ?? toFailure(error, tries, deps.retry, log);
  } finally {
    clearInterval(beat);
  }
}

function superseded(log: Logger): JobOutcome {
  log.warn('the row is not this run’s to work on; nothing was changed');
  return { status: OutcomeStatus.superseded };
}

/** What keeps it from being done now keeps no job from being complete: Temporal tries again until it is. */
async function settled({ settle }: { settle?: Settle }, row: JobRow, log: Logger): Promise<void> {
  await settle?.(row).catch((error: unknown) => {
    if (error instanceof DatabaseAway) throw error;
    log.warn({ err: error }, 'the job is complete; what follows from that could not be done yet');
    throw new JobWait('the job is complete, and what follows from that is not done yet', settleAgainMs);
  });
}

/** How soon a job is offered again that came to a worker of another database: that one's own may take it. */
const foreignAgainMs = 2_000;

/** Why the work broke off, when that says nothing of the work itself. */
function interruptionOf(
  error: unknown,
  context: Context,
  progress: Progress,
  log: Logger,
): CancelledFailure | ApplicationFailure | undefined {
  if (isWorkerStopping(context)) {
    log.info('the worker stops; the job is handed back');
    // Said here, as Temporal's own backoff goes by all attempts, also those of a job that has waited for hours.
    return handBack('the worker stopped', Interruption.workerStopped, 1_000);
  }
  if (context.cancellationSignal.aborted) {
    log.info('the job was told to stop');
    return new CancelledFailure('the job was told to stop');
  }
  if (error instanceof DatabaseAway) {
    log.warn({ err: error.cause ?? error }, 'the database is away; the job goes on when it is back');
    return ApplicationFailure.retryable(error.message, Interruption.databaseAway);
  }
  if (error instanceof StatementRefused && isInGrace(progress)) {
    log.warn({ err: error.cause }, 'the database refuses a statement; the job tries it again for a while');
    return handBack(error.message, Interruption.statementRefused, refusedAgainMs);
  }
  if (error instanceof ForeignDatabase) {
    log.error({ err: error }, 'a job of another database came to this worker');
    return handBack(error.message, Interruption.foreignDatabase, foreignAgainMs);
  }
  if (error instanceof JobWait) {
    log.debug({ retryInMs: error.retryInMs }, error.message);
    return handBack(error.message, Interruption.jobWaits, error.retryInMs);
  }
  return undefined;
}

const refusedAgainMs = 2_000;

/** Whether what the database refuses may still be mended: by a migration that is under way, or a GRANT. */
export function isInGrace(progress: Progress): boolean {
  progress.refusedSince ??= Date.now();
  return Date.now() - progress.refusedSince < refusalGraceMs;
}

function handBack(message: string, type: string, nextRetryDelay: number): ApplicationFailure {
  return ApplicationFailure.create({ message, type, nextRetryDelay });
}

/**
 * Whether the SDK aborted the activity because its grace time at shutdown is over. Told as a cancellation the SDK would
 * report it as a retryable failure too, but drop the last heartbeat, which holds the count of interruptions.
 */
function isWorkerStopping({ cancellationSignal }: Context): boolean {
  const reason: unknown = cancellationSignal.reason;
  return reason instanceof CancelledFailure && reason.message === 'WORKER_SHUTDOWN';
}

function toFailure(thrown: unknown, tries: number, retry: RetryPolicy, log: Logger): ApplicationFailure {
  const error = withCode(thrown);
  if (!(error instanceof JobError)) {
    log.error({ err: error }, 'job failed for an unknown reason');
    return ApplicationFailure.nonRetryable('an unexpected error; its stack is in the log', ErrorCode.UNKNOWN);
  }
  const final = !error.retryable || tries >= retry.maxAttempts;
  const nextRetryDelay = final ? undefined : waitBeforeNextTry(tries, retry, error.retryAfterMs);
  log.warn({ err: error, errorCode: error.code, final, nextRetryDelayMs: nextRetryDelay }, 'try failed');
  const message =
    final && error.retryable ? `${error.message} (given up after ${tries} tries)` : error.message;
  return ApplicationFailure.create({
    message: message.toWellFormed(), // half a letter in a failure ends the whole worker: the SDK's core refuses it
    type: error.code,
    nonRetryable: final,
    ...(nextRetryDelay && { nextRetryDelay }),
  });
}

/** The failure that an error stands for. A full disk is never the job's fault, wherever in its work it was met. */
function withCode(thrown: unknown): unknown {
  if (thrown instanceof StatementRefused) return rowRefused(thrown.message, thrown.cause);
  if (!mayPass(thrown)) return thrown;
  return storageError('the worker cannot read or write its files', thrown, { final: false });
}

/** Exponential, half of it by chance, so that jobs that failed together do not come back together. In milliseconds. */
export function waitBeforeNextTry(
  tries: number,
  retry: RetryPolicy,
  retryAfterMs = 0,
  chance: () => number = Math.random,
): number {
  const full = Math.min(retry.initialIntervalMs * 2 ** (tries - 1), retry.maxIntervalMs);
  return Math.max(Math.ceil(full * (0.5 + chance() / 2)), retryAfterMs);
}
