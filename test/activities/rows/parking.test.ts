import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createRowWrites } from '../../../src/activities/rows/row-writes.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { asJob } from '../../../src/activities/work/as-job.ts';
import { JobWait } from '../../../src/activities/work/interruptions.ts';
import type { Pool } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import type { JobRun } from '../../../src/queues/job.ts';
import { parkingStatements } from '../../../src/sql/parking.ts';
import { verifyQueue } from '../../../src/verify/queues.ts';
import { activityEnvironment, applicationFailure } from '../../support/activity.ts';
import { claimOnce } from '../../support/claims.ts';
import { eachTestHasLetters } from '../../support/letters/database.ts';
import { silentLogger } from '../../support/logger.ts';
import { createErrands, insertErrand, question, readErrand } from '../../support/parking.ts';

let pool: Pool;
let queue: QueueDefinition;
let jobs: ReturnType<typeof createJobActivities>;
eachTestHasLetters((opened) => {
  pool = opened;
});
beforeEach(async () => {
  queue = await createErrands(pool);
  jobs = createJobActivities({ pool, queues: [queue], workerId: 'worker-1', log: silentLogger });
});

const runOf = (jobId: string, ...runIds: string[]): JobRun => ({
  queue: 'errands',
  jobId,
  requestId: null,
  runIds,
});

/** A job of one owner that waits for its answer. */
async function parked(owner = 'ada', answerWithinMs = question.answerWithinMs): Promise<JobRun> {
  const run = runOf(await insertErrand(pool, owner, 'r1'), 'r1');
  expect(await jobs.park(run, { ...question, answerWithinMs })).toMatchObject({ step: 'approve' });
  return run;
}

const answer = (id: string, value: unknown, step = 'approve') =>
  pool.query('UPDATE errands SET answer = $2 WHERE id = $1', [id, JSON.stringify({ step, value })]);

const claim = async () => {
  const claimed = await claimOnce(pool, queue, { runIdOf: () => randomUUID() });
  return claimed.started.map(({ id }) => id);
};

test('the definition fits its table, and one whose columns are not there is refused', async () => {
  await expect(verifyQueue(pool, queue)).resolves.toBeUndefined();
  const wrong = {
    ...queue,
    parking: { ...(queue.parking as object), answer: 'reply' } as typeof queue.parking,
  };
  await expect(verifyQueue(pool, wrong as QueueDefinition)).rejects.toThrow('parking.answer names "reply"');
});

test('a question that a trigger keeps from the row fails the job, and is not taken for another run’s', async () => {
  const run = runOf(await insertErrand(pool, 'ada', 'r1'), 'r1');
  await pool.query(`
    CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER app BEFORE UPDATE ON errands FOR EACH ROW EXECUTE FUNCTION app()`);
  await expect(jobs.park(run, question)).rejects.toMatchObject({ code: 'ROW_REFUSED' });
});

describe('a parked job', () => {
  test('shows its question, names no worker, and its event carries what is asked', async () => {
    const { jobId } = await parked();
    expect(await readErrand(pool, jobId)).toMatchObject({
      status: 'asking',
      started_by: null,
      answer: null,
      question: { step: 'approve', message: 'Shall it go out?' },
    });
    const { rows } = await pool.query('SELECT * FROM switchyard.job_events ORDER BY id DESC LIMIT 1');
    expect(rows).toMatchObject([
      { from_status: 'processing', to_status: 'parked', code: 'approve', detail: 'Shall it go out?' },
    ]);
  });

  test('counts against no limit in flight, but keeps the place of its key', async () => {
    queue = { ...queue, maxInFlight: 1 };
    await parked('ada');
    const [behind, other] = [await insertErrand(pool, 'ada'), await insertErrand(pool, 'bob')];
    expect(await claim()).toEqual([other]);
    await pool.query(`UPDATE errands SET status = 'canceled' WHERE status <> 'queued'`);
    expect(await claim()).toEqual([behind]);
  });

  test('goes on waiting until it has its answer, and then comes back in flight', async () => {
    const run = await parked();
    expect(await jobs.begin(run)).toMatchObject({ kind: 'parked', parked: { step: 'approve' } });
    await answer(run.jobId, { ok: true });
    const before = await readErrand(pool, run.jobId);
    expect(await jobs.begin(run)).toMatchObject({
      kind: 'mine',
      attempt: 1,
      row: { answer: { value: { ok: true } } },
    });
    const row = await readErrand(pool, run.jobId);
    expect(row).toMatchObject({ status: 'processing', started_by: 'worker-1', attempt: 1 });
    expect(Number(row['started_at'])).toBeGreaterThan(Number(before['started_at']));
  });

  test('that has its answer waits for room in flight', async () => {
    const run = await parked('ada');
    await answer(run.jobId, { ok: true });
    await pool.query(`INSERT INTO switchyard.limits (queue, in_flight) VALUES ('errands', 1)`);
    const other = await insertErrand(pool, 'bob', 'r2');
    await expect(jobs.begin(run)).rejects.toBeInstanceOf(JobWait);
    await jobs.endJob(runOf(other, 'r2'), { state: 'canceled', errorCode: null, errorMessage: null });
    expect(await jobs.begin(run)).toMatchObject({ kind: 'mine' });
  });

  test('that a trigger keeps from going on fails, instead of waiting for a database that is there', async () => {
    const run = await parked();
    await answer(run.jobId, { ok: true });
    await pool.query(`
      CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
      CREATE TRIGGER app BEFORE UPDATE ON errands FOR EACH ROW EXECUTE FUNCTION app()`);
    await expect(jobs.begin(run)).rejects.toMatchObject({ code: 'ROW_REFUSED', retryable: false });
  });

  test('without room is handed back as one that waits, not as one whose database is away', async () => {
    const run = await parked('ada');
    await answer(run.jobId, { ok: true });
    await pool.query(`INSERT INTO switchyard.limits (queue, in_flight) VALUES ('errands', 0)`);
    const retry = { maxAttempts: 1, initialIntervalMs: 1, maxIntervalMs: 1 };
    const work = async () => ({ publish: async () => ({}), cleanUp: async () => undefined });
    const failure = await applicationFailure(
      activityEnvironment().run(() => asJob({ jobs, retry, log: silentLogger }, run, work)),
    );
    expect(failure).toMatchObject({ type: 'JOB_WAITS', nonRetryable: false });
  });

  test('whose time is over fails by its begin', async () => {
    const run = await parked('ada', 0);
    await expect(jobs.begin(run)).rejects.toMatchObject({ code: 'INPUT_TIMEOUT', retryable: false });
    await jobs.endJob(run, { state: 'failed', errorCode: 'INPUT_TIMEOUT', errorMessage: 'nobody' });
    expect(await readErrand(pool, run.jobId)).toMatchObject({
      status: 'failed',
      error_code: 'INPUT_TIMEOUT',
    });
  });

  test('is ended by its own run alone', async () => {
    const run = await parked();
    const canceled = { state: 'canceled', errorCode: null, errorMessage: null } as const;
    await jobs.endJob(runOf(run.jobId, 'r2'), canceled);
    expect(await readErrand(pool, run.jobId)).toMatchObject({ status: 'asking' });
    await jobs.endJob(run, canceled);
    expect(await readErrand(pool, run.jobId)).toMatchObject({ status: 'canceled' });
  });

  test('set back to queued by hand starts clean', async () => {
    const run = await parked();
    await answer(run.jobId, { ok: true });
    await pool.query(`UPDATE errands SET status = 'queued' WHERE id = $1`, [run.jobId]);
    expect(await readErrand(pool, run.jobId)).toMatchObject({
      question: null,
      answer: null,
      answer_by: null,
    });
    expect(await jobs.begin(run)).toEqual({ kind: 'superseded' });
  });

  test('is taken along by a reset of its workflow, and asks again', async () => {
    const run = await parked();
    expect(await jobs.begin(runOf(run.jobId, 'reset', 'r1'))).toMatchObject({ kind: 'mine' });
    expect(await readErrand(pool, run.jobId)).toMatchObject({ status: 'processing', run_id: 'reset' });
  });

  test('cannot complete, and no queue of other states can park', async () => {
    const run = await parked();
    expect(await jobs.complete(run, async () => ({}))).toBe(false);
    await expect(pool.query(`UPDATE errands SET status = 'complete'`)).rejects.toThrow(
      'cannot go from asking to complete',
    );
  });
});

test('work that asks parks its row, and says so again when only its answer to Temporal was lost', async () => {
  const run = runOf(await insertErrand(pool, 'ada', 'r1'), 'r1');
  const retry = { maxAttempts: 1, initialIntervalMs: 1, maxIntervalMs: 1 };
  const once = () =>
    activityEnvironment().run(() =>
      asJob({ jobs, retry, log: silentLogger }, run, async () => ({ ask: question })),
    );
  expect(await once()).toMatchObject({ status: 'parked', parked: { step: 'approve' } });
  expect(await once()).toMatchObject({ status: 'parked', parked: { step: 'approve' } });
});

describe('an answer', () => {
  test.each([
    ['of a field of another type', { ok: 'yes' }, 'its field "ok" must be a boolean'],
    ['without a field that is wanted', { tone: 'dry' }, 'its field "ok" is missing'],
    [
      'with a field that nobody asked for',
      { ok: true, more: 1 },
      'its field "more" is none that was asked for',
    ],
    ['with a word that is none of the list', { ok: true, tone: 'loud' }, 'its field "tone" must be one of'],
    ['that is no object', true, 'its "value" must be an object with the fields {ok,tone}'],
  ])('%s is refused, and says what is wrong', async (_, value, message) => {
    const { jobId } = await parked();
    await expect(answer(jobId, value)).rejects.toMatchObject({
      constraint: 'switchyard_answer_fits',
      message: expect.stringContaining(message),
    });
    await answer(jobId, { ok: true, tone: 'dry' });
  });

  test('to another step is refused', async () => {
    const { jobId } = await parked();
    await expect(answer(jobId, { ok: true }, 'publish')).rejects.toThrow(
      'it answers the step "publish", and the question is of step "approve"',
    );
  });

  test('that comes second is refused', async () => {
    const { jobId } = await parked();
    await answer(jobId, { ok: true });
    await expect(answer(jobId, { ok: false })).rejects.toThrow(
      `job ${jobId} of queue errands was answered already`,
    );
  });

  test('that comes after its time is refused', async () => {
    const { jobId } = await parked('ada', 0);
    await expect(answer(jobId, { ok: true })).rejects.toThrow('had to be answered by');
  });

  test('to a job that asks nothing is refused', async () => {
    const id = await insertErrand(pool, 'ada', 'r1');
    await expect(answer(id, { ok: true })).rejects.toThrow('waits for no answer: it is processing');
  });

  test('through Temporal is taken twice as once, and refused for good where the table refuses it', async () => {
    const run = await parked();
    const failure = await applicationFailure(jobs.answerJob(run, { step: 'approve', value: { ok: 1 } }));
    expect(failure).toMatchObject({ type: 'ANSWER_REFUSED', nonRetryable: true });
    await jobs.answerJob(run, { step: 'approve', value: { ok: true } });
    await jobs.answerJob(run, { step: 'approve', value: { ok: true } });
    expect(
      await applicationFailure(
        jobs.answerJob(runOf(run.jobId, 'r2'), { step: 'approve', value: { ok: true } }),
      ),
    ).toMatchObject({
      message: expect.stringContaining('no longer this run’s'),
    });
  });

  test('that a trigger of the application refuses is refused for good, in its words', async () => {
    const run = await parked();
    await pool.query(`
      CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not on Sundays'; END $$;
      CREATE TRIGGER app BEFORE UPDATE ON errands FOR EACH ROW EXECUTE FUNCTION app()`);
    const { answerJob } = createRowWrites({ jobs, pool, log: silentLogger });
    expect(
      await applicationFailure(
        activityEnvironment().run(() => answerJob(run, { step: 'approve', value: { ok: true } })),
      ),
    ).toMatchObject({
      type: 'ANSWER_REFUSED',
      nonRetryable: true,
      message: expect.stringContaining('not on Sundays (SQLSTATE P0001)'),
    });
  });

  test('rings for the starter, which finds it until it has told the run', async () => {
    const { jobId } = await parked();
    const statements = parkingStatements(queue);
    const look = async (told: string[]) =>
      (await pool.query<{ id: string; asked: string }>(statements?.answered ?? '', [10, told])).rows;
    expect(await look([])).toEqual([]);
    await answer(jobId, { ok: true });
    const [found] = await look([]);
    expect(found).toMatchObject({ id: jobId });
    expect(await look([found?.asked ?? ''])).toEqual([]);
  });
});

test('subscriptions to the state parked get one message for each question, with what is asked', async () => {
  await pool.query(
    `INSERT INTO switchyard.subscriptions (name, queue, url, statuses) VALUES ('desk', 'errands', 'https://desk.example', '{parked}')`,
  );
  const { jobId } = await parked();
  await answer(jobId, { ok: true });
  const { rows } = await pool.query('SELECT * FROM switchyard.webhook_deliveries');
  expect(rows).toMatchObject([
    { job_id: jobId, ended_status: 'parked', ended_code: 'approve', ended_detail: 'Shall it go out?' },
  ]);
});
