import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRowWrites } from '../../../src/activities/rows/row-writes.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { asJob } from '../../../src/activities/work/as-job.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { Interruption } from '../../../src/queues/interruption.ts';
import type { JobEnd, JobOutcome, JobRun } from '../../../src/queues/job.ts';
import { activityEnvironment, applicationFailure } from '../../support/activity.ts';
import { administer } from '../../support/database.ts';
import { createLettersDatabase } from '../../support/letters/database.ts';
import { lettersQueue } from '../../support/letters/queue.ts';
import { inFlight, insertLetter, readLetter } from '../../support/letters/rows.ts';
import { recordingLogger } from '../../support/logger.ts';

/** The worker as a role of its own, which can lose its rights and be shut out. */
const role = `test_worker_${randomBytes(4).toString('hex')}`;
const { log, lines } = recordingLogger();
let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let name: string;
/** Of the owner. */
let pool: Pool;
let workerPool: Pool;
let run: JobRun;

beforeAll(() => administer(`CREATE ROLE ${role} LOGIN IN ROLE switchyard_worker`));
afterAll(() => administer(`DROP ROLE ${role}`));
beforeEach(async () => {
  lines.length = 0;
  database = await createLettersDatabase();
  name = new URL(database.url).pathname.slice(1);
  const asWorker = new URL(database.url);
  asWorker.username = role;
  const open = (connectionString: string) =>
    createPool({ connectionString, applicationName: 'test', max: 5, onError: () => undefined });
  pool = open(database.url);
  workerPool = open(asWorker.href);
  const jobId = await insertLetter(pool, { ...inFlight, run_id: 'r1', customer: 'secret customer' });
  run = { queue: 'letters', jobId, requestId: null, runIds: ['r1'] };
});
afterEach(async () => {
  await workerPool.end();
  await pool.end();
  await database.drop();
});

const columns = { result_path: 'results/x.xml', result_bytes: 3, result_sha256: 'a'.repeat(64) };
const jobs = () => createJobActivities({ pool: workerPool, queues: [lettersQueue()], workerId: 'w', log });
const retry = { maxAttempts: 1, initialIntervalMs: 1, maxIntervalMs: 1 };
const longAgo = { interruptions: 1, refusedSince: Date.now() - 60_000 };

const work = (heartbeatDetails?: unknown): Promise<JobOutcome> =>
  activityEnvironment({ heartbeatDetails, attempt: 1 }).run(() =>
    asJob({ jobs: jobs(), retry, log }, run, async () => ({
      publish: async () => columns,
      cleanUp: async () => undefined,
    })),
  );
const end = (how: JobEnd, heartbeatDetails?: unknown): Promise<void> =>
  activityEnvironment({ heartbeatDetails }).run(() =>
    createRowWrites({ jobs: jobs(), pool: workerPool, log }).endJob(run, how),
  );
const failed = (errorMessage: string): JobEnd => ({
  state: 'failed',
  errorCode: 'CARRIER_REFUSED',
  errorMessage,
});
const row = () => readLetter(pool, run.jobId);
const lastEvent = async () => {
  const { rows } = await pool.query(
    'SELECT to_status, run_id, code, detail FROM switchyard.job_events WHERE job_id = $1 ORDER BY id DESC LIMIT 1',
    [run.jobId],
  );
  return rows[0];
};
const trigger = (body: string) =>
  pool.query(`
    CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NEW; END $$;
    CREATE TRIGGER app BEFORE UPDATE ON letters FOR EACH ROW EXECUTE FUNCTION app()`);
/** Ends the sessions of the worker, so that new ones begin with what was set. */
const newSessions = () =>
  administer(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}' AND pid <> pg_backend_pid()`,
  );

describe('a job whose completion meets', () => {
  test.each([
    [
      'a database that became read-only',
      `ALTER DATABASE $ SET default_transaction_read_only = on`,
      `ALTER DATABASE $ RESET default_transaction_read_only`,
      /read-only/,
    ],
    [
      'a statement timeout',
      `ALTER ROLE ${role} SET statement_timeout = 1`,
      `ALTER ROLE ${role} RESET statement_timeout`,
      /./,
    ],
    ['a role that may not log in', `ALTER ROLE ${role} NOLOGIN`, `ALTER ROLE ${role} LOGIN`, /login/],
    [
      'a role without connections',
      `ALTER ROLE ${role} CONNECTION LIMIT 0`,
      `ALTER ROLE ${role} CONNECTION LIMIT -1`,
      /no connection/,
    ],
    [
      'a right to connect that was revoked',
      'REVOKE CONNECT ON DATABASE $ FROM PUBLIC',
      'GRANT CONNECT ON DATABASE $ TO PUBLIC',
      /right/,
    ],
  ])('%s waits, uses up no try, and is complete when that is over', async (what, trouble, over, words) => {
    if (what.includes('timeout')) await trigger('PERFORM pg_sleep(0.2);'); // longer than the timeout
    await administer(trouble.replace('$', name));
    await newSessions();
    const failure = await applicationFailure(work());
    expect(failure).toMatchObject({ type: Interruption.databaseAway, nonRetryable: false });
    expect(failure.message).toMatch(words);
    expect(await row()).toMatchObject({ status: 'processing', error_code: null });

    await administer(over.replace('$', name));
    await newSessions();
    await workerPool.query('SELECT 1').catch(() => undefined); // one that was ended may still be in the pool
    expect(await work({ interruptions: 1 })).toMatchObject({ status: 'complete' });
    expect(await row()).toMatchObject({ status: 'complete', attempt: 1, error_code: null });
  });

  test.each([
    [
      'a trigger of the application',
      () => trigger(`IF NEW.status = 'complete' THEN RAISE EXCEPTION 'the period is closed'; END IF;`),
      'the period is closed (SQLSTATE P0001)',
    ],
    [
      'a check',
      () => pool.query(`ALTER TABLE letters ADD CONSTRAINT short_paths CHECK (length(result_path) < 5)`),
      'new row for relation "letters" violates check constraint "short_paths" (SQLSTATE 23514)',
    ],
    [
      'a check at COMMIT',
      () =>
        pool.query(`
      CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not in May' USING ERRCODE = 'CLOSD'; END $$;
      CREATE CONSTRAINT TRIGGER app AFTER UPDATE ON letters DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'complete') EXECUTE FUNCTION app()`),
      'not in May (SQLSTATE CLOSD)',
    ],
    [
      'a column that is too short',
      () => pool.query('ALTER TABLE letters ALTER result_path TYPE varchar(5)'),
      'value too long for type character varying(5) (SQLSTATE 22001)',
    ],
    [
      'a trigger that keeps the row as it is',
      () => trigger(`IF NEW.status = 'complete' THEN RETURN NULL; END IF;`),
      'a trigger of the table left the row as it was',
    ],
  ])('%s fails with the database’s own sentence', async (_, refuse, sentence) => {
    await refuse();
    const failure = await applicationFailure(work());
    expect(failure).toMatchObject({
      type: 'ROW_REFUSED',
      nonRetryable: true,
      message: `the database refuses what was to be written: ${sentence}`,
    });
    await end({ state: 'failed', errorCode: 'ROW_REFUSED', errorMessage: failure.message });
    expect(await row()).toMatchObject({
      status: 'failed',
      error_code: 'ROW_REFUSED',
      error_message: failure.message,
    });
  });

  test('a right that is missing is tried again for a while, and then fails with the sentence', async () => {
    await pool.query('REVOKE UPDATE ON letters FROM switchyard_worker');
    await pool.query(
      `GRANT UPDATE (status, failed_at, error_code, error_message, started_by, deadline) ON letters TO ${role}`,
    );
    expect(await applicationFailure(work())).toMatchObject({
      type: Interruption.statementRefused,
      nonRetryable: false,
      message: 'permission denied for table letters (SQLSTATE 42501)',
    });
    const failure = await applicationFailure(work(longAgo));
    expect(failure).toMatchObject({ type: 'ROW_REFUSED', nonRetryable: true });
    await end({ state: 'failed', errorCode: 'ROW_REFUSED', errorMessage: failure.message });
    expect(await row()).toMatchObject({
      status: 'failed',
      error_message: expect.stringContaining('SQLSTATE 42501'),
    });
    await pool.query(`REVOKE ALL ON letters FROM ${role}`);
  });

  test('a table that a migration is replacing is complete when that is there', async () => {
    await pool.query('ALTER TABLE letters RENAME COLUMN result_path TO path');
    expect(await applicationFailure(work())).toMatchObject({ type: Interruption.statementRefused });
    await pool.query('ALTER TABLE letters RENAME COLUMN path TO result_path');
    expect(await work({ interruptions: 1 })).toMatchObject({ status: 'complete' });
  });
});

test('a job that cannot begin for want of a right waits, however long that lasts', async () => {
  await pool.query('REVOKE SELECT, UPDATE ON letters FROM switchyard_worker');
  expect(await applicationFailure(work(longAgo))).toMatchObject({ type: Interruption.databaseAway });
});

describe('a job whose row a new policy hides', () => {
  const hide = 'ALTER TABLE letters ENABLE ROW LEVEL SECURITY';
  const show = `CREATE POLICY p ON letters TO ${role} USING (true)`;
  const waits = {
    type: Interruption.databaseAway,
    nonRetryable: false,
    message: expect.stringContaining(`row-level security of public.letters hides rows from role "${role}"`),
  };

  test('waits until it can be seen, however it is met', async () => {
    await pool.query(hide);
    expect(await applicationFailure(work())).toMatchObject(waits);
    expect(await applicationFailure(end(failed('no stamp')))).toMatchObject(waits);
    await pool.query(`CREATE POLICY r ON letters FOR SELECT USING (true)`);
    expect(await applicationFailure(work())).toMatchObject(waits);
    await pool.query(show);
    expect(await work({ interruptions: 3 })).toMatchObject({ status: 'complete' });
  });

  test('while it is at work waits too, and uses up no try', async () => {
    const atWork = activityEnvironment({ attempt: 1 }).run(() =>
      asJob({ jobs: jobs(), retry, log }, run, async () => {
        await pool.query(hide);
        return { publish: async () => columns, cleanUp: async () => undefined };
      }),
    );
    expect(await applicationFailure(atWork)).toMatchObject(waits);
    await pool.query(show);
    expect(await work({ interruptions: 1 })).toMatchObject({ status: 'complete' });
  });

  test('is gone all the same when it was deleted, and the policy hides nothing', async () => {
    await pool.query(`${hide}; ${show}; DELETE FROM letters`);
    expect(await work()).toEqual({ status: 'superseded' });
    await expect(end(failed('no stamp'))).resolves.toBeUndefined();
  });
});

describe('the end of a job', () => {
  const long = '😀'.repeat(50);
  test.each([
    ['varchar(40)', (text: string) => text === '😀'.repeat(40)],
    ['char(45)', (text: string) => text === '😀'.repeat(45)],
    ['brief', (text: string) => text === '😀'.repeat(30)],
    ['briefer', (text: string) => text === '😀'.repeat(30)],
    ['text', (text: string) => text === long],
  ])('is fitted to a column of type %s', async (type, fits) => {
    await pool.query('CREATE DOMAIN brief AS varchar(30); CREATE DOMAIN briefer AS brief');
    await pool.query(
      `ALTER TABLE letters ALTER error_message TYPE ${type}, ALTER error_code TYPE varchar(4)`,
    );
    await end(failed(long));
    const { status, error_code, error_message } = await row();
    expect([status, error_code, fits(error_message ?? '')]).toEqual(['failed', 'CARR', true]);
  });

  test('goes without its message where a constraint does not take that', async () => {
    await pool.query(`ALTER TABLE letters ADD CONSTRAINT known_errors CHECK (error_message IN ('a', 'b'))`);
    await end(failed('no address'));
    expect(await row()).toMatchObject({
      status: 'failed',
      error_code: 'CARRIER_REFUSED',
      error_message: null,
    });
  });

  test.each([
    [
      'a trigger',
      () =>
        trigger(`IF NEW.status <> 'processing' THEN RAISE EXCEPTION 'rows are kept as they are'; END IF;`),
      'rows are kept as they are (SQLSTATE P0001)',
    ],
    [
      'a trigger that keeps the row as it is',
      () => trigger('RETURN NULL;'),
      'a trigger of the table left the row as it was',
    ],
    [
      'a check',
      () =>
        pool.query(
          `ALTER TABLE letters ADD CONSTRAINT never_failed CHECK (status IN ('queued', 'processing'))`,
        ),
      'violates check constraint "never_failed" (SQLSTATE 23514)',
    ],
  ])(
    'that %s refuses is told in the log, in the job’s history and by the workflow, and tried no more',
    async (_, refuse, sentence) => {
      await refuse();
      for (const how of [
        failed('no address'),
        { state: 'canceled', errorCode: null, errorMessage: null } as const,
      ]) {
        const failure = await applicationFailure(end(how));
        expect(failure).toMatchObject({ type: 'ROW_REFUSED', nonRetryable: true });
        expect(failure.message).toContain(sentence);
        expect(failure.message).toContain(how.state);
        expect(await lastEvent()).toEqual({
          to_status: 'processing',
          run_id: 'r1',
          code: 'ROW_REFUSED',
          detail: failure.message,
        });
      }
      expect(await row()).toMatchObject({ status: 'processing' });
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: 50,
          jobId: run.jobId,
          msg: 'the row does not take the end of its job',
        }),
      );
      expect(JSON.stringify(lines)).not.toContain('secret customer');
    },
  );

  test('that a missing right keeps from being written is tried for a while', async () => {
    await pool.query('REVOKE UPDATE ON letters FROM switchyard_worker');
    expect(await applicationFailure(end(failed('x')))).toMatchObject({
      type: Interruption.statementRefused,
      nonRetryable: false,
    });
    const failure = await applicationFailure(end(failed('x'), longAgo));
    expect(failure).toMatchObject({ type: 'ROW_REFUSED', nonRetryable: true });
    expect(await lastEvent()).toMatchObject({
      code: 'ROW_REFUSED',
      detail: expect.stringContaining('SQLSTATE 42501'),
    });
  });

  test('is tried for as long as the database is away', async () => {
    await administer(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await newSessions();
    expect(await applicationFailure(end(failed('x'), longAgo))).toMatchObject({
      type: Interruption.databaseAway,
      nonRetryable: false,
    });
  });
});
