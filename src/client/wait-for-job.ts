import { sleep } from '../platform/shutdown.ts';
import type { Db } from './database.ts';
import type { WatchedQueue } from './define-queue.ts';
import type { JobId } from './field-texts.ts';
import { getJob, type Job } from './job.ts';

/** How long {@link waitForJob} waits. */
export interface WaitOptions {
  /** Milliseconds; left out: 30 000. */
  timeoutMs?: number | undefined;
  /** Ends the wait with its reason. */
  signal?: AbortSignal | undefined;
}

/** The job had not ended when the time of {@link waitForJob} was over. It goes on. */
export class JobNotEndedError extends Error {
  override readonly name = 'JobNotEndedError';
  readonly job: Job;

  constructor(queue: string, job: Job, timeoutMs: number) {
    const why = job.whyWaiting === null ? '' : `: ${job.whyWaiting}`;
    super(
      `job ${job.id} of queue "${queue}" has not ended within ${timeoutMs} ms: it is ${job.status}${why}`,
    );
    this.job = job;
  }
}

const firstPauseMs = 25;
const longestPauseMs = 1_000;

/**
 * Waits until a job is complete, failed or canceled. It asks by {@link getJob}, soon at first and at last once a second. Not for the
 * transaction that enqueues the job: the job runs when that has committed.
 * @param db a pool, rather than a connection that something else is to use meanwhile
 * @returns the job, also one that failed or was canceled; undefined, at once, when there is no such job
 * @throws {JobNotEndedError} when the time is over; {@link WaitOptions.signal}'s error; what `getJob` throws
 */
export async function waitForJob<Result, Stored>(
  db: Db,
  queue: WatchedQueue<unknown, Result, Stored> | string,
  id: JobId,
  { timeoutMs = 30_000, signal = new AbortController().signal }: WaitOptions = {},
): Promise<Job<Stored, Result> | undefined> {
  const endBy = performance.now() + timeoutMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    signal.throwIfAborted();
    const job = await getJob(db, queue, id);
    if (job === undefined || hasEnded(job)) return job;
    const leftMs = endBy - performance.now();
    if (leftMs <= 0)
      throw new JobNotEndedError(typeof queue === 'string' ? queue : queue.name, job, timeoutMs);
    await sleep(Math.min(pauseMs, leftMs), signal);
  }
}

const hasEnded = ({ status }: Job): boolean => status !== 'queued' && status !== 'processing';
