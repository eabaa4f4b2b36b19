import { describe, expect, test } from 'vitest';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { JobWait } from '../../../src/activities/work/interruptions.ts';
import { inTransaction, type Pool } from '../../../src/platform/database.ts';
import type { JobRun } from '../../../src/queues/job.ts';
import { claimStatements } from '../../../src/sql/claim.ts';
import { jobStatements } from '../../../src/sql/job.ts';
import { eachTestHasLetters } from '../../support/letters/database.ts';
import { lettersQueue } from '../../support/letters/queue.ts';
import { insertLetter, readLetter } from '../../support/letters/rows.ts';
import { recordingLogger } from '../../support/logger.ts';
import { cancelsAtStart, refusals, trigger } from '../../support/refusals.ts';

let pool: Pool;
let jobs: ReturnType<typeof createJobActivities>;
const { log, lines } = recordingLogger();
eachTestHasLetters((opened) => {
  pool = opened;
  jobs = createJobActivities({ pool, queues: [lettersQueue()], workerId: 'worker-1', log });
  lines.length = 0;
});

const runOf = (jobId: string, ...runIds: string[]): JobRun => ({
  queue: 'letters',
  jobId,
  requestId: null,
  runIds,
});
const inFlight = (run_id: string) => ({ status: 'processing', run_id, attempt: 1, started_at: new Date() });
const result = async () => ({ result_path: 'results/x.xml', result_bytes: 3, result_sha256: 'a'.repeat(64) });

describe('begin', () => {
  test('goes on with a row in flight under this run', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    expect(await jobs.begin(runOf(id, 'r1'))).toMatchObject({ kind: 'mine', attempt: 1 });
  });

  test('goes on with a row that names the first run of the chain: a reset keeps it', async () => {
    const id = await insertLetter(pool, inFlight('first'));
    expect(await jobs.begin(runOf(id, 'reset', 'first'))).toMatchObject({ kind: 'mine' });
  });

  test('says that the work starts now, once, and never earlier than the claim, where its queue wants that', async () => {
    const queue = lettersQueue({ startedAtWork: true });
    const own = createJobActivities({ pool, queues: [queue], workerId: 'worker-1', log });
    const startedAt = async (id: string) => Number((await readLetter(pool, id)).started_at);
    const claimed = new Date('2020-01-01');
    const id = await insertLetter(pool, { ...inFlight('r1'), started_at: claimed });
    await own.begin(runOf(id, 'another'), { firstTry: true });
    expect(await startedAt(id)).toBe(Number(claimed));
    await own.begin(runOf(id, 'r1'), { firstTry: true });
    const begun = await startedAt(id);
    expect(begun).toBeGreaterThan(Number(claimed));
    await own.begin(runOf(id, 'r1'), { firstTry: false });
    expect(await startedAt(id)).toBe(begun);
    const future = new Date('2990-01-01');
    const ahead = await insertLetter(pool, { ...inFlight('r1'), started_at: future });
    await own.begin(runOf(ahead, 'r1'), { firstTry: true });
    expect(await startedAt(ahead)).toBe(Number(future));
  });

  test('waits for the COMMIT of its claimer and then sees the truth', async () => {
    const id = await insertLetter(pool);
    let begun: Promise<unknown> | undefined;
    let settled = false;
    await inTransaction(pool, async (tx) => {
      await tx.query(claimStatements(lettersQueue()).claim, [1, []]);
      begun = jobs.begin(runOf(id, 'r1')).finally(() => {
        settled = true;
      });
      await new Promise((done) => setTimeout(done, 150));
      expect(settled).toBe(false);
      await tx.query(jobStatements(lettersQueue()).markStarted, [[id], ['r1'], 'starter-1', 1000]);
    });
    expect(await begun).toMatchObject({ kind: 'mine', attempt: 1 });
    expect(await readLetter(pool, id)).toMatchObject({ attempt: 1, started_by: 'starter-1' });
  });

  test('takes over a row whose claim was rolled back, exactly as a claim marks it', async () => {
    const id = await insertLetter(pool);
    expect(await jobs.begin(runOf(id, 'r1'))).toMatchObject({ kind: 'mine', attempt: 1 });
    expect(await readLetter(pool, id)).toMatchObject({
      status: 'processing',
      run_id: 'r1',
      attempt: 1,
      started_by: 'worker-1',
    });
  });

  test.each([
    ['in flight under another run', inFlight('r2')],
    ['set back to queued while this run was closing', { status: 'queued', run_id: 'r1' }],
    ['canceled', { status: 'canceled', run_id: 'r1' }],
  ])('leaves a row that is %s', async (_, fields) => {
    const id = await insertLetter(pool, fields);
    const before = await readLetter(pool, id);
    expect(await jobs.begin(runOf(id, 'r1'))).toEqual({ kind: 'superseded' });
    expect(await readLetter(pool, id)).toEqual(before);
  });

  describe('does no work on a row that its table does not let go in flight, for', () => {
    test.each(refusals)('%s', async (_, change, reason) => {
      const id = await insertLetter(pool, { title: 'bad letter' });
      await pool.query(change);
      const before = await readLetter(pool, id);
      expect(await jobs.begin(runOf(id, 'r1'))).toEqual({ kind: 'superseded' });
      expect(await jobs.begin(runOf(id, 'r2'))).toEqual({ kind: 'superseded' });
      expect(await readLetter(pool, id)).toEqual(before);
      const noted = `SELECT detail FROM switchyard.job_events WHERE job_id = $1 AND code = 'START_REFUSED'`;
      expect((await pool.query(noted, [id])).rows).toEqual([{ detail: expect.stringMatching(reason) }]);
    });

    test('a reset', async () => {
      const id = await insertLetter(pool, { status: 'canceled', run_id: 'r1', title: 'bad letter' });
      await pool.query(trigger('TRIGGER refuse BEFORE UPDATE', 'RETURN NULL;'));
      expect(await jobs.begin(runOf(id, 'reset', 'r1'))).toEqual({ kind: 'superseded' });
      expect(await readLetter(pool, id)).toMatchObject({ status: 'canceled', run_id: 'r1' });
    });
  });

  test('ends quietly where the table’s own trigger cancels the row that it takes over', async () => {
    const id = await insertLetter(pool, { title: 'bad letter' });
    await pool.query(cancelsAtStart);
    expect(await jobs.begin(runOf(id, 'r1'))).toEqual({ kind: 'superseded' });
    expect(await readLetter(pool, id)).toMatchObject({ status: 'canceled' });
  });

  test('is no reset of a run that the row’s history names only as one that was ended', async () => {
    const id = await insertLetter(pool, { status: 'canceled', run_id: 'r1' });
    await pool.query(`SELECT switchyard.note_repair('letters', $1, 'stray', 'another run owns it')`, [id]);
    expect(await jobs.begin(runOf(id, 'reset', 'stray'))).toEqual({ kind: 'superseded' });
    expect(await jobs.begin(runOf(id, 'reset', 'r1'))).toMatchObject({ kind: 'mine' });
  });

  test('keeps what a job in flight was asked when its workflow is reset, and clears what an ended one was', async () => {
    const asked = { cancel_requested_at: new Date() };
    const running = await insertLetter(pool, inFlight('r1'));
    await pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [running]);
    const ended = await insertLetter(pool, { ...asked, status: 'canceled', run_id: 'r1' });
    await jobs.begin(runOf(running, 'reset', 'r1'));
    await jobs.begin(runOf(ended, 'reset', 'r1'));
    expect((await readLetter(pool, running)).cancel_requested_at).not.toBeNull();
    expect((await readLetter(pool, ended)).cancel_requested_at).toBeNull();
  });

  describe('of a row that is not in flight counts against the limit', () => {
    const limit = (table: 'limits' | 'key_limits', columns: string, values: string) =>
      pool.query(`INSERT INTO switchyard.${table} (queue, ${columns}) VALUES ('letters', ${values})`);

    test.each([
      ['of the queue', () => limit('limits', 'in_flight', '1')],
      ['of every key', () => limit('limits', 'in_flight_per_key', '1')],
      ['of its key', () => limit('key_limits', 'key, in_flight', `'acme', 1`)],
    ])('%s, and waits while there is no room', async (_, setLimit) => {
      await setLimit();
      const other = await insertLetter(pool, { ...inFlight('r1'), customer: 'acme' });
      const rolledBack = await insertLetter(pool, { customer: 'acme' });
      const ended = await insertLetter(pool, {
        status: 'canceled',
        run_id: 'r3',
        customer: 'acme',
      });
      const takeOver = () => jobs.begin(runOf(rolledBack, 'r2'));
      const reset = () => jobs.begin(runOf(ended, 'r4', 'r3'));
      await expect(takeOver()).rejects.toBeInstanceOf(JobWait);
      await expect(reset()).rejects.toBeInstanceOf(JobWait);
      expect(await readLetter(pool, rolledBack)).toMatchObject({ status: 'queued', attempt: 0 });
      await jobs.endJob(runOf(other, 'r1'), { state: 'canceled', errorCode: null, errorMessage: null });
      expect(await takeOver()).toMatchObject({ kind: 'mine' });
      await expect(reset()).rejects.toBeInstanceOf(JobWait);
    });

    test('of another key goes', async () => {
      await limit('key_limits', 'key, in_flight', `'acme', 1`);
      await insertLetter(pool, { ...inFlight('r1'), customer: 'acme' });
      const id = await insertLetter(pool);
      expect(await jobs.begin(runOf(id, 'r2'))).toMatchObject({ kind: 'mine' });
    });

    test('and two at once do not both take the last place', async () => {
      await limit('limits', 'in_flight', '1');
      const ids = [await insertLetter(pool), await insertLetter(pool), await insertLetter(pool)];
      const begun = await Promise.allSettled(ids.map((id, i) => jobs.begin(runOf(id, `r${i}`))));
      expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    });
  });

  test('ends quietly when the row is gone', async () => {
    expect(await jobs.begin(runOf('00000000-0000-4000-8000-000000000000', 'r1'))).toEqual({
      kind: 'superseded',
    });
  });

  test('finds a job that an earlier try of this run completed', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    await jobs.complete(runOf(id, 'r1'), result);
    expect(await jobs.begin(runOf(id, 'r1'))).toMatchObject({ kind: 'complete', row: { id } });
  });
});

describe('update', () => {
  const jobsOf = (progressColumns?: string[]) =>
    createJobActivities({
      pool,
      queues: [lettersQueue({ ...(progressColumns && { progressColumns }) })],
      workerId: 'worker-1',
      log,
    });

  test('writes progress columns of a job in flight, and nothing else of it', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    const before = await readLetter(pool, id);
    expect(await jobsOf(['stage']).update(runOf(id, 'r1'), { stage: 'weighed' })).toBe(true);
    expect(await readLetter(pool, id)).toEqual({
      ...before,
      stage: 'weighed',
      updated_at: expect.any(Date),
    });
  });

  test.each([
    ['of another run', inFlight('r2')],
    ['that has ended', { status: 'canceled', run_id: 'r1' }],
    ['that waits again', { status: 'queued', run_id: 'r1' }],
  ])('changes no job %s, and says so', async (_, fields) => {
    const id = await insertLetter(pool, fields);
    const before = await readLetter(pool, id);
    expect(await jobsOf(['stage']).update(runOf(id, 'r1'), { stage: 'weighed' })).toBe(false);
    expect(await readLetter(pool, id)).toEqual(before);
  });

  test('says so when a trigger keeps the row as it was', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    await pool.query(`
      CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
      CREATE TRIGGER app BEFORE UPDATE ON letters FOR EACH ROW EXECUTE FUNCTION app()`);
    await expect(jobsOf(['stage']).update(runOf(id, 'r1'), { stage: 'weighed' })).rejects.toMatchObject({
      code: 'ROW_REFUSED',
    });
  });

  test.each([undefined, ['stage']])(
    'refuses a column that is not for progress (these are: %s)',
    async (columns) => {
      const id = await insertLetter(pool, inFlight('r1'));
      await expect(jobsOf(columns).update(runOf(id, 'r1'), { status: 'complete' })).rejects.toThrow(
        '"status" is not one of the progressColumns of queue "letters"',
      );
    },
  );
});

describe('complete', () => {
  test('publishes and completes the row', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    expect(await jobs.complete(runOf(id, 'r1'), result)).toBe(true);
    expect(await readLetter(pool, id)).toMatchObject({
      status: 'complete',
      result_path: 'results/x.xml',
      result_bytes: '3',
      started_by: null,
      deadline: null,
    });
  });

  test('publishes nothing for a zombie, whose row belongs to its successor', async () => {
    const id = await insertLetter(pool, inFlight('r2'));
    let published = false;
    const publish = () => {
      published = true;
      return result();
    };
    expect(await jobs.complete(runOf(id, 'r1'), publish)).toBe(false);
    expect(published).toBe(false);
    expect(await readLetter(pool, id)).toMatchObject({
      status: 'processing',
      run_id: 'r2',
      result_path: null,
    });
  });

  test('publishes nothing for a reset that has not taken its row along', async () => {
    const id = await insertLetter(pool, inFlight('first'));
    expect(await jobs.complete(runOf(id, 'reset', 'first'), result)).toBe(false);
    await jobs.endJob(runOf(id, 'reset', 'first'), {
      state: 'failed',
      errorCode: 'CARRIER_REFUSED',
      errorMessage: 'x',
    });
    expect(await readLetter(pool, id)).toMatchObject({ status: 'processing', result_path: null });
  });

  test('leaves the row in flight when publishing fails', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    await expect(jobs.complete(runOf(id, 'r1'), () => Promise.reject(new Error('disk')))).rejects.toThrow(
      'disk',
    );
    expect(await readLetter(pool, id)).toMatchObject({ status: 'processing' });
  });
});

describe('endJob', () => {
  test('fails the row with code and message', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    await jobs.endJob(runOf(id, 'r1'), {
      state: 'failed',
      errorCode: 'CARRIER_REFUSED',
      errorMessage: 'no\0thing',
    });
    expect(await readLetter(pool, id)).toMatchObject({
      status: 'failed',
      error_code: 'CARRIER_REFUSED',
      error_message: 'nothing',
    });
  });

  test('cancels the row', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    await jobs.endJob(runOf(id, 'r1'), { state: 'canceled', errorCode: null, errorMessage: null });
    expect(await readLetter(pool, id)).toMatchObject({
      status: 'canceled',
      error_code: null,
      started_by: null,
    });
  });

  test('tells a zombie that it is late, and changes nothing', async () => {
    const id = await insertLetter(pool, inFlight('r2'));
    const before = await readLetter(pool, id);
    await jobs.endJob(runOf(id, 'r1'), { state: 'failed', errorCode: 'CARRIER_REFUSED', errorMessage: 'x' });
    expect(await readLetter(pool, id)).toEqual(before);
    expect(lines.at(-1)).toMatchObject({ level: 40, jobId: id, queue: 'letters' });
  });

  test('done twice says nothing the second time', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    const end = { state: 'failed', errorCode: 'CARRIER_REFUSED', errorMessage: 'x' } as const;
    await jobs.endJob(runOf(id, 'r1'), end);
    const before = await readLetter(pool, id);
    lines.length = 0;
    await jobs.endJob(runOf(id, 'r1'), end);
    expect(await readLetter(pool, id)).toEqual(before);
    expect(lines).toEqual([]);
  });

  test('a job that finished in the same instant stays finished', async () => {
    const id = await insertLetter(pool, inFlight('r1'));
    await jobs.complete(runOf(id, 'r1'), result);
    await jobs.endJob(runOf(id, 'r1'), { state: 'canceled', errorCode: null, errorMessage: null });
    expect(await readLetter(pool, id)).toMatchObject({ status: 'complete' });
  });
});
