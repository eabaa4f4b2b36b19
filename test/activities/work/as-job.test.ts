import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../../server/dev/ports.ts';
import {
  createJobActivities,
  type JobActivities,
  type JobTransitions,
} from '../../../src/activities/rows/transitions.ts';
import { asJob, type WorkContext } from '../../../src/activities/work/as-job.ts';
import type { WorkDone } from '../../../src/activities/work/completion.ts';
import { heartbeatEveryMs, type RetryPolicy, waitBeforeNextTry } from '../../../src/activities/work/try.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { ErrorCode, JobError } from '../../../src/platform/errors.ts';
import { Interruption } from '../../../src/queues/interruption.ts';
import type { JobRun } from '../../../src/queues/job.ts';
import { activityEnvironment, applicationFailure } from '../../support/activity.ts';
import { createLettersDatabase } from '../../support/letters/database.ts';
import { lettersQueue } from '../../support/letters/queue.ts';
import { insertLetter, readLetter } from '../../support/letters/rows.ts';
import { recordingLogger } from '../../support/logger.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
let jobs: JobTransitions & JobActivities;
const { log, lines } = recordingLogger();
beforeAll(async () => {
  database = await createLettersDatabase();
  pool = openPool(database.url);
  jobs = createJobActivities({ pool, queues: [lettersQueue()], workerId: 'worker-1', log });
});
beforeEach(() => {
  lines.length = 0;
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const openPool = (connectionString: string) =>
  createPool({ connectionString, applicationName: 'test', max: 5, onError: () => undefined });

const retry: RetryPolicy = { maxAttempts: 3, initialIntervalMs: 1_000, maxIntervalMs: 60_000 };
const columns = { result_path: 'results/x.xml', result_bytes: 3, result_sha256: 'a'.repeat(64) };
const done: WorkDone = { publish: async () => columns, cleanUp: async () => undefined };
const failWith = (error: unknown) => () => Promise.reject(error);
const carrierDown = (options: { retryAfterMs?: number } = {}) =>
  new JobError('CARRIER_AWAY', 'the carrier is down', { retryable: true, ...options });

async function jobInFlight(): Promise<JobRun> {
  const jobId = await insertLetter(pool, {
    status: 'processing',
    run_id: 'r1',
    attempt: 1,
    started_at: new Date(),
  });
  return { queue: 'letters', jobId, requestId: 'req-1', runIds: ['r1'] };
}

/** One try of a job's work. */
async function tryJob(options: {
  run?: JobRun;
  triesBefore?: number;
  jobs?: JobTransitions;
  retry?: RetryPolicy;
  work: (context: WorkContext, environment: ReturnType<typeof activityEnvironment>) => Promise<WorkDone>;
}) {
  const run = options.run ?? (await jobInFlight());
  const environment = activityEnvironment({ attempt: (options.triesBefore ?? 0) + 1 });
  const deps = { jobs: options.jobs ?? jobs, retry: options.retry ?? retry, log };
  const outcome = environment.run(() => asJob(deps, run, (context) => options.work(context, environment)));
  outcome.catch(() => undefined); // the test looks at it
  return { run, environment, outcome };
}

describe('progress that work writes', () => {
  const progressJobs = () =>
    createJobActivities({
      pool,
      queues: [lettersQueue({ progressColumns: ['stage'] })],
      workerId: 'worker-1',
      log,
    });

  test('stands on the row while the job runs', async () => {
    const seen: unknown[] = [];
    const { outcome } = await tryJob({
      jobs: progressJobs(),
      work: async ({ run, update }) => {
        await update({ stage: 'weighed' });
        seen.push(await readLetter(pool, run.jobId));
        return done;
      },
    });
    expect(await outcome).toMatchObject({ status: 'complete' });
    expect(seen).toMatchObject([{ status: 'processing', stage: 'weighed' }]);
  });

  test('ends work whose row is another run’s by now, as superseded and without a trace', async () => {
    const { run, outcome } = await tryJob({
      jobs: progressJobs(),
      work: async ({ run: { jobId }, update }) => {
        await pool.query(`UPDATE letters SET run_id = 'r2' WHERE id = $1`, [jobId]);
        await update({ stage: 'weighed' });
        throw new Error('the work went on');
      },
    });
    expect(await outcome).toEqual({ status: 'superseded' });
    expect(await readLetter(pool, run.jobId)).toMatchObject({
      status: 'processing',
      run_id: 'r2',
      stage: 'written',
    });
  });
});

describe('work that succeeds', () => {
  test('completes the row with its result and clears up', async () => {
    const [cleanUp, discard] = [vi.fn(async () => undefined), vi.fn(async () => undefined)];
    const { run, outcome } = await tryJob({ work: async () => ({ ...done, cleanUp, discard }) });
    expect(await outcome).toMatchObject({ status: 'complete' });
    expect(await readLetter(pool, run.jobId)).toMatchObject({
      status: 'complete',
      result_path: 'results/x.xml',
    });
    expect(cleanUp).toHaveBeenCalledOnce();
    expect(discard).not.toHaveBeenCalled();
  });

  test.each<[string, Partial<WorkDone>, string]>([
    ['is superseded', {}, `UPDATE letters SET run_id = 'r2' WHERE id = $1`],
    [
      'cannot be published',
      { publish: () => Promise.reject(carrierDown()) },
      'SELECT FROM letters WHERE id = $1',
    ],
    [
      'cannot be said to be complete',
      { publish: async () => ({ ...columns, result_bytes: 'many' }) },
      'SELECT FROM letters WHERE id = $1',
    ],
  ])('and %s is discarded, and not cleared up', async (_, more, meanwhile) => {
    const [cleanUp, discard] = [vi.fn(async () => undefined), vi.fn(async () => undefined)];
    const { outcome } = await tryJob({
      work: async ({ run }) => {
        await pool.query(meanwhile, [run.jobId]);
        return { ...done, ...more, cleanUp, discard };
      },
    });
    await outcome.catch(() => undefined);
    expect(discard).toHaveBeenCalledOnce();
    expect(cleanUp).not.toHaveBeenCalled();
  });

  test('logs every line with the job, its queue and its request', async () => {
    const { run, outcome } = await tryJob({
      work: async ({ log: jobLog }) => {
        jobLog.info('working');
        return done;
      },
    });
    await outcome;
    expect(lines.map(({ msg }) => msg)).toEqual(['job begun', 'working', 'job complete']);
    for (const line of lines) {
      expect(line).toMatchObject({
        jobId: run.jobId,
        queue: 'letters',
        requestId: 'req-1',
        attempt: 1,
        try: 1,
      });
    }
  });

  test('is complete though clearing up fails', async () => {
    const { outcome } = await tryJob({
      work: async () => ({ ...done, cleanUp: () => Promise.reject(new Error('busy')) }),
    });
    expect(await outcome).toMatchObject({ status: 'complete' });
    expect(lines.at(-1)).toMatchObject({ level: 40, err: { message: 'busy' } });
  });

  test('is given the row and is not done again when the answer to Temporal was lost', async () => {
    const work = vi.fn(async ({ row }: WorkContext) => {
      expect(row).toMatchObject({ enclosure: 'a.txt', stage: 'written' });
      return done;
    });
    const { run, outcome } = await tryJob({ work });
    await outcome;
    const again = await tryJob({ run, work });
    expect(await again.outcome).toMatchObject({ status: 'complete' });
    expect(work).toHaveBeenCalledOnce();
  });
});

describe('what follows from a complete row', () => {
  const tryOnce = async (run: JobRun, settle: () => Promise<void>, work = async () => done) => {
    const environment = activityEnvironment();
    return environment.run(() => asJob({ jobs, retry, settle, log }, run, work));
  };

  test('comes after the COMMIT, and before the work is cleared away', async () => {
    const run = await jobInFlight();
    const seen: string[] = [];
    const settle = async () => void seen.push((await readLetter(pool, run.jobId)).status);
    const cleanUp = async () => void seen.push('cleared');
    await tryOnce(run, settle, async () => ({ ...done, cleanUp }));
    expect(seen).toEqual(['complete', 'cleared']);
  });

  test('is done by a later try when it fails, uses up none, and the work is not done again', async () => {
    const run = await jobInFlight();
    const work = vi.fn(async () => done);
    await expect(tryOnce(run, failWith(new Error('no')), work)).rejects.toMatchObject({
      type: Interruption.jobWaits,
      nextRetryDelay: expect.any(Number),
    });
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'complete' });
    const settle = vi.fn(async () => undefined);
    expect(await tryOnce(run, settle, work)).toMatchObject({ status: 'complete' });
    expect(settle).toHaveBeenCalledOnce();
    expect(work).toHaveBeenCalledOnce();
  });

  test('does not come when the COMMIT is lost and the job is canceled then', async () => {
    const run = await jobInFlight();
    const settle = vi.fn(async () => undefined);
    const publish = async () => {
      await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'
                           AND datname = current_database()`);
      return columns;
    };
    await expect(tryOnce(run, settle, async () => ({ ...done, publish }))).rejects.toMatchObject({
      type: Interruption.databaseAway,
    });
    await jobs.endJob(run, { state: 'canceled', errorCode: null, errorMessage: null });
    expect(await tryOnce(run, settle)).toEqual({ status: 'superseded' });
    expect(settle).not.toHaveBeenCalled();
  });
});

describe('a row that is not this run’s', () => {
  test('is not worked on', async () => {
    const run = await jobInFlight();
    const work = vi.fn(async () => done);
    const { outcome } = await tryJob({ run: { ...run, runIds: ['r0'] }, work });
    expect(await outcome).toEqual({ status: 'superseded' });
    expect(work).not.toHaveBeenCalled();
  });

  test('and stopped being so during the work is left alone, and nothing is cleared up', async () => {
    const run = await jobInFlight();
    const publish = vi.fn(done.publish);
    const cleanUp = vi.fn(done.cleanUp);
    const { outcome } = await tryJob({
      run,
      work: async () => {
        await pool.query(`UPDATE letters SET run_id = 'r2' WHERE id = $1`, [run.jobId]);
        return { publish, cleanUp };
      },
    });
    expect(await outcome).toEqual({ status: 'superseded' });
    expect(publish).not.toHaveBeenCalled();
    expect(cleanUp).not.toHaveBeenCalled();
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'processing', run_id: 'r2' });
  });
});

describe('tries', () => {
  test('of short work need no heartbeat', async () => {
    const { environment, outcome } = await tryJob({ work: async () => done });
    await outcome;
    expect(environment.beats).toEqual([]);
  });

  test.each([
    ['none', undefined, 3],
    ['one', { interruptions: 1 }, 2],
    ['as many as there were attempts, after a reset', { interruptions: 7 }, 1],
    ['something else', 'x', 3],
    ['a count that is none', { interruptions: '1' }, 3],
  ])('are the attempts of Temporal without the interruptions: %s', async (_, heartbeatDetails, tries) => {
    const run = await jobInFlight();
    const environment = activityEnvironment({ attempt: 3, heartbeatDetails });
    lines.length = 0;
    await environment.run(() => asJob({ jobs, retry, log }, run, async () => done));
    expect(lines.find((line) => line['msg'] === 'job complete')).toMatchObject({ try: tries });
  });

  test('go on beating as long as the work lasts, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { environment, outcome } = await tryJob({
        triesBefore: 1,
        work: async () => {
          vi.advanceTimersByTime(3 * heartbeatEveryMs);
          return done;
        },
      });
      await outcome;
      vi.advanceTimersByTime(60_000);
      const beat = { try: 2, of: 3, interruptions: 0 };
      expect(environment.beats).toEqual([beat, beat, beat]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that are left: the failure says its code and when to try again', async () => {
    const { run, outcome } = await tryJob({ triesBefore: 1, work: failWith(carrierDown()) });
    const failure = await applicationFailure(outcome);
    expect(failure).toMatchObject({
      type: 'CARRIER_AWAY',
      message: 'the carrier is down',
      nonRetryable: false,
    });
    expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(1_000);
    expect(failure.nextRetryDelay).toBeLessThanOrEqual(2_000);
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'processing', error_code: null });
  });

  test('that are used up: the failure is final and says how many there were', async () => {
    const { outcome } = await tryJob({ triesBefore: 2, work: failWith(carrierDown()) });
    expect(await applicationFailure(outcome)).toMatchObject({
      type: 'CARRIER_AWAY',
      message: 'the carrier is down (given up after 3 tries)',
      nonRetryable: true,
    });
  });

  test('are of no use for a final failure', async () => {
    const error = new JobError('CARRIER_REFUSED', 'the carrier answered 400', {
      retryable: false,
    });
    const { outcome } = await tryJob({ work: failWith(error) });
    expect(await applicationFailure(outcome)).toMatchObject({
      type: 'CARRIER_REFUSED',
      message: 'the carrier answered 400',
      nonRetryable: true,
    });
  });

  test('wait as long as the other side asked', async () => {
    const { outcome } = await tryJob({ work: failWith(carrierDown({ retryAfterMs: 90_000 })) });
    expect((await applicationFailure(outcome)).nextRetryDelay).toBe(90_000);
  });

  test('of publishing count like the others', async () => {
    const full = new JobError(ErrorCode.IO_ERROR, 'the disk is full', { retryable: true });
    const { run, outcome } = await tryJob({
      triesBefore: 2,
      work: async () => ({ ...done, publish: failWith(full) }),
    });
    expect(await applicationFailure(outcome)).toMatchObject({ type: 'IO_ERROR', nonRetryable: true });
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'processing' });
  });
});

describe('the wait before the next try', () => {
  const most = () => 1;
  const least = () => 0;
  test('doubles, up to the longest', () => {
    const waits = [1, 2, 3, 6, 7, 5_000].map((tries) => waitBeforeNextTry(tries, retry, 0, most));
    expect(waits).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  test('is half by chance', () => {
    expect(waitBeforeNextTry(3, retry, 0, least)).toBe(2_000);
  });

  test('is never shorter than what was asked for, nor shortened by it', () => {
    expect(waitBeforeNextTry(1, retry, 5_000, most)).toBe(5_000);
    expect(waitBeforeNextTry(3, retry, 1, most)).toBe(4_000);
  });
});

describe('a database that is away', () => {
  test('before the work uses up no try, and the work is not begun', async () => {
    const nowhere = openPool(`postgres://nobody@127.0.0.1:${await freePort()}/x`);
    const away = createJobActivities({ pool: nowhere, queues: [lettersQueue()], workerId: 'w', log });
    const work = vi.fn(async () => done);
    const { environment, outcome } = await tryJob({ jobs: away, triesBefore: 2, work });
    expect(await applicationFailure(outcome)).toMatchObject({ type: 'DATABASE_AWAY', nonRetryable: false });
    expect(environment.beats.at(-1)).toMatchObject({ interruptions: 1 });
    expect(work).not.toHaveBeenCalled();
    await nowhere.end();
  });

  test('at the end uses up no try either, and the next one completes the job', async () => {
    const own = openPool(database.url);
    const cut = createJobActivities({ pool: own, queues: [lettersQueue()], workerId: 'w', log });
    const publish = async () => {
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()`,
      );
      return columns;
    };
    const { run, environment, outcome } = await tryJob({
      jobs: cut,
      triesBefore: 2,
      work: async () => ({ ...done, publish }),
    });
    expect(await applicationFailure(outcome)).toMatchObject({ type: 'DATABASE_AWAY', nonRetryable: false });
    expect(environment.beats.at(-1)).toMatchObject({ interruptions: 1 });
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'processing' });

    const next = await tryJob({ jobs: cut, run, triesBefore: 2, work: async () => done });
    expect(await next.outcome).toMatchObject({ status: 'complete' });
    await own.end();
  });

  test('is told apart from one that refuses: that is no outage', async () => {
    const { outcome } = await tryJob({
      work: async () => ({ ...done, publish: async () => ({ ...columns, result_bytes: 'many' }) }),
    });
    expect(await applicationFailure(outcome)).toMatchObject({
      type: 'ROW_REFUSED',
      nonRetryable: true,
      message:
        'the database refuses what was to be written: invalid input syntax for type bigint: "…" (SQLSTATE 22P02)',
    });
  });
});

describe('told to stop', () => {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  test('because the workflow was canceled: the work is aborted, and ends as canceled', async () => {
    const { run, outcome } = await tryJob({
      work: ({ signal }, environment) => {
        environment.cancelJob();
        return signal.aborted ? Promise.reject(new Error('fetch failed')) : untilAborted(signal);
      },
    });
    await expect(outcome).rejects.toBeInstanceOf(CancelledFailure);
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'processing' });
  });

  test('because the worker stops: the work is handed back, and uses up no try', async () => {
    const { run, environment, outcome } = await tryJob({
      triesBefore: 2,
      work: ({ signal }, { stopWorker }) => {
        const stopped = untilAborted(signal);
        stopWorker();
        return stopped;
      },
    });
    expect(await applicationFailure(outcome)).toMatchObject({ type: 'WORKER_STOPPED', nonRetryable: false });
    expect(environment.beats.at(-1)).toMatchObject({ interruptions: 1 });
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'processing', run_id: 'r1' });
  });

  test('too late: a job that is complete stays complete', async () => {
    const { run, outcome } = await tryJob({
      work: async (_, environment) => ({
        ...done,
        cleanUp: async () => environment.cancelJob(),
      }),
    });
    expect(await outcome).toMatchObject({ status: 'complete' });
    expect(await readLetter(pool, run.jobId)).toMatchObject({ status: 'complete' });
  });
});

test.each(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'EROFS'])(
  'a %s that the work did not expect is tried again, and named without the path',
  async (code) => {
    const error = Object.assign(new Error(`${code}: /srv/app/secret`), { code, syscall: 'write' });
    const failure = await applicationFailure((await tryJob({ work: failWith(error) })).outcome);
    expect(failure).toMatchObject({
      type: 'IO_ERROR',
      nonRetryable: false,
      message: `the worker cannot read or write its files (${code})`,
    });
  },
);

describe('an unknown error', () => {
  test('is final and tells nothing of itself; its message and stack are in the log', async () => {
    const { outcome } = await tryJob({ work: failWith(new TypeError('secret of /srv/app')) });
    const failure = await applicationFailure(outcome);
    expect(failure).toMatchObject({ type: 'UNKNOWN', nonRetryable: true });
    expect(JSON.stringify(failure)).not.toContain('secret');
    expect(failure.message).not.toContain('secret');
    expect(failure.cause).toBeUndefined();
    expect(lines.at(-1)).toMatchObject({
      level: 50,
      err: { message: 'secret of /srv/app', stack: expect.stringContaining('as-job.test.ts') },
    });
  });

  test('may be something that is no Error at all', async () => {
    const { outcome } = await tryJob({ work: failWith('just words') });
    expect(await applicationFailure(outcome)).toMatchObject({ type: 'UNKNOWN', nonRetryable: true });
  });

  test('is a queue that this worker does not know', async () => {
    const run = await jobInFlight();
    const { outcome } = await tryJob({ run: { ...run, queue: 'orders' }, work: async () => done });
    expect(await applicationFailure(outcome)).toMatchObject({ type: 'UNKNOWN', nonRetryable: true });
  });
});

test('half a letter in the words of a failure does not reach Temporal, whose SDK would end the worker over it', async () => {
  const { outcome } = await tryJob({
    work: failWith(new JobError('CARRIER_REFUSED', 'said \ud800', { retryable: false })),
  });
  expect((await applicationFailure(outcome)).message).toBe('said \ufffd');
});
