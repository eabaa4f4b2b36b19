import type { Pool } from '../../platform/database.ts';
import { JobError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { breakerChecks } from '../../platform/metrics.ts';
import type { WorkContext } from '../work/as-job.ts';
import { JobWait, rethrowDatabaseError } from '../work/interruptions.ts';
import { type BreakerLimits, createBreaker } from './breaker.ts';

/** An outside system that jobs need. While it is out of order they wait, instead of using up their tries. */
export interface System {
  /**
   * Makes one call for a job.
   * @throws what the call throws; {JobWait} when the job has to wait; {JobError} when it has waited for too long
   */
  call<T>(job: SystemCaller, work: () => Promise<T>): Promise<T>;
}

type SystemCaller = Pick<WorkContext, 'run' | 'lastTry' | 'progress' | 'signal' | 'log'>;

/**
 * What the failure of a call says of the system: it answers, and the job is at fault; it is out of order, told at once
 * (`refuses`) or by its silence; or nothing, as the failure came from elsewhere.
 */
export type Verdict = 'answers' | 'refuses' | 'silent' | 'unknown';

export interface SystemOptions {
  name: string;
  pool: Pool;
  limits: BreakerLimits;
  /** How long a job may wait, in milliseconds; 0: no breaker, but a pause by hand holds all the same. */
  maxWaitMs: number;
  /** The code of a job that has waited for too long. */
  errorCode: string;
  verdictOf: (error: unknown) => Verdict;
  /** Asks the system itself, in a short time, whether it is there. */
  isAlive: (signal: AbortSignal) => Promise<boolean>;
  log: Logger;
}

/** A worker notes successes no more often than this, and a thirtieth of the window. */
const noteEveryMs = 1_000;

export function createSystem(options: SystemOptions): System {
  const { name, limits, maxWaitMs, verdictOf } = options;
  const breaker = createBreaker(options.pool, name, limits);
  const log = options.log.child({ system: name });
  const untold = (error: unknown) => log.warn({ err: error }, 'the breaker could not be told');
  let nextNoteAt = 0;
  breakerChecks.set(name, async () => (await breaker.pause())?.automatic === true);

  /** Answers whether this call is the probe. Before its last try a job makes sure that the fault will be its own. */
  async function admit(job: SystemCaller): Promise<boolean> {
    const pause = await breaker.pause().catch(rethrowDatabaseError);
    if (pause?.automatic === false) {
      throw new JobWait(`the ${name} is paused: ${pause.reason}`, jitter(limits.probeIntervalMs));
    }
    if (maxWaitMs === 0) return false;
    if (pause === undefined) {
      if (!job.lastTry || (await options.isAlive(job.signal))) return false;
      throw wait(job, `the ${name} does not say that it is alive`, 3 * limits.probeIntervalMs);
    }
    if (await breaker.takeProbe(job.run.jobId).catch(rethrowDatabaseError)) return true;
    throw wait(job, `the ${name} is out of order: ${pause.reason}`, limits.probeIntervalMs);
  }

  /** The job waits, or has waited for as long as its queue lets it. */
  function wait({ progress }: SystemCaller, reason: string, ms: number): JobWait | JobError {
    progress.outOfOrderSince ??= Date.now();
    const waitedMs = Date.now() - progress.outOfOrderSince;
    if (waitedMs < maxWaitMs) return new JobWait(reason, Math.min(jitter(ms), maxWaitMs - waitedMs));
    const message = `${reason} (given up after waiting ${duration(waitedMs)})`;
    return new JobError(options.errorCode, message, { retryable: false });
  }

  /** Off the job's path: a job that is done does not fail for it. */
  function answered(job: SystemCaller, probe: boolean): void {
    delete job.progress.outOfOrderSince;
    if (maxWaitMs === 0 || (!probe && performance.now() < nextNoteAt)) return;
    nextNoteAt = performance.now() + Math.min(noteEveryMs, limits.windowMs / 30);
    breaker.answered({ probe }).then((closed) => {
      if (closed) log.info({ jobId: job.run.jobId }, `the ${name} answers again; its breaker is closed`);
    }, untold);
  }

  /** Answers what the job fails with. */
  async function failed(job: SystemCaller, error: unknown, call: Call): Promise<unknown> {
    // A call that was told to stop fails in whatever way.
    const verdict = job.signal.aborted ? 'unknown' : verdictOf(error);
    if (verdict === 'answers') answered(job, call.probe);
    if (verdict === 'unknown' && call.probe) await breaker.giveBackProbe(job.run.jobId).catch(untold);
    if (!(error instanceof JobError) || verdict === 'answers' || verdict === 'unknown' || maxWaitMs === 0) {
      return error;
    }
    job.progress.outOfOrderSince ??= Date.now();
    const tookMs = verdict === 'silent' ? performance.now() - call.began : 0;
    const failure = { probe: call.probe, code: error.code, message: error.message, tookMs };
    const state = await breaker.failed(job.run.jobId, failure).catch(untold);
    if (state === 'opened') log.warn({ reason: error.message }, `the ${name} is out of order; jobs wait`);
    const open = state === 'opened' || state === 'open' || (state === undefined && call.probe);
    return open ? wait(job, `the ${name} is out of order: ${error.message}`, limits.probeIntervalMs) : error;
  }

  return {
    async call(job, work) {
      const call = { probe: await admit(job), began: performance.now() };
      if (call.probe) job.log.info(`trying whether the ${name} is back`);
      try {
        const result = await work();
        answered(job, call.probe);
        return result;
      } catch (error) {
        throw await failed(job, error, call);
      }
    },
  };
}

interface Call {
  probe: boolean;
  began: number;
}

/** Between 75 % and 125 %, so that jobs that were held together do not come back together. */
const jitter = (ms: number) => Math.ceil(ms * (0.75 + Math.random() / 2));

function duration(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} minutes`;
  return `${Math.round(ms / 3_600_000)} hours`;
}
