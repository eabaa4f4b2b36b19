import { isDeepStrictEqual } from 'node:util';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { Interruption } from '../../queues/interruption.ts';
import type { JobRun } from '../../queues/job.ts';
import { CurrentWork } from './current-work.ts';
import {
  DatabaseAway,
  ForeignDatabase,
  isInGrace,
  JobWait,
  meaningOfUncaught,
  type Progress,
  progressBefore,
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

/** What the work of a step is given: `system.call` takes it as it is. */
export interface StepContext {
  run: JobRun;
  /** Whether a retryable failure of this try is final. */
  lastTry: boolean;
  /** What the next of Temporal's attempts will know of this one. */
  progress: Progress;
  /**
   * When Temporal scheduled this try, in microseconds since 1970. It orders the tries of a job: a later one has a higher number, also
   * where an earlier one that was thought lost wakes and begins after it.
   */
  scheduledAt: string;
  /**
   * Says in a few words what the work is doing now ("step 3 of 5: deploy"). Temporal's Web UI shows it in the heartbeat, and, when it lasts,
   * as current details of the workflow. Nothing secret: it is stored as payloads are.
   */
  say: (words: string) => void;
  log: Logger;
  signal: AbortSignal;
}

/** One of Temporal's tries of an activity that works for a job. */
export interface Try extends StepContext {
  /** Tries of the work; those that were broken off without being tries are not counted. */
  tries: number;
  /** Whether a system was out of order before. */
  waits: boolean;
}

/**
 * A sign of life, and what brings word to a running job that it was canceled: promised within a second, of which a starter without
 * a doorbell may take half. Jobs that are shorter never send one. The SDK holds them back where HEARTBEAT_INTERVAL is longer. The heartbeat timeout of workflows is many of them.
 */
export const heartbeatEveryMs = 400;

/** Heartbeats, counts tries, and says what a failure of the activity means to Temporal. */
export async function inTry<T>(
  deps: { retry: RetryPolicy; log: Logger },
  run: JobRun,
  act: (current: Try) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const progress = progressBefore(context);
  const before = { ...progress };
  const tries = Math.max(1, context.info.attempt - before.interruptions);
  const names = { jobId: run.jobId, queue: run.queue, requestId: run.requestId };
  const log = deps.log.child({ ...names, try: tries });
  const work = new CurrentWork(context, run, log);
  const counted = { try: tries, of: deps.retry.maxAttempts };
  const current: Try = {
    run,
    tries,
    lastTry: tries >= deps.retry.maxAttempts,
    waits: before.outOfOrderSince !== undefined,
    progress,
    scheduledAt: String(context.info.currentAttemptScheduledTimestampMs * 1_000),
    say: (words) => work.say(words),
    log,
    signal: context.cancellationSignal,
  };
  const heartbeat = () => context.heartbeat({ ...counted, ...work.shown(), ...progress });
  const beat = setInterval(() => {
    heartbeat();
    work.tellInTime();
  }, heartbeatEveryMs);
  try {
    return await act(current);
  } catch (thrown) {
    const { log } = current;
    const error = meaningOfUncaught(thrown);
    const interruption = interruptionOf(error, context, progress, log);
    // No try of the outside system: counted apart, so that neither an outage nor a rollout uses one up.
    if (interruption !== undefined) progress.interruptions += 1;
    const waits = waitOf(error, interruption);
    if (waits !== undefined) progress.waits = waits;
    if (!isDeepStrictEqual(progress, before)) heartbeat();
    if (waits !== undefined && waits !== before.waits) await work.tell(`Waits: ${waits}`);
    if (interruption !== undefined) throw interruption;
    const failure = toFailure(error, tries, deps.retry, log);
    if (failure.nonRetryable !== true) await work.tell(wordsOf(failure, counted));
    throw failure;
  } finally {
    clearInterval(beat);
  }
}

/** What a job waits for that was broken off; `undefined`: nothing that lasts, or it failed. */
function waitOf(error: unknown, interruption: Error | undefined): string | undefined {
  const waits = error instanceof JobWait || error instanceof DatabaseAway;
  return waits && interruption !== undefined ? error.message : undefined;
}

/** What the workflow learns of a failed try that will be followed by another. */
function wordsOf(failure: ApplicationFailure, { try: number, of }: { try: number; of: number }): string {
  const seconds = Math.ceil(Number(failure.nextRetryDelay ?? 0) / 1_000);
  return `Try ${number} of ${of} failed: ${failure.message} (${failure.type}). The next one begins in ${seconds} s.`;
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
