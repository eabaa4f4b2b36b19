import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Signals } from '../../src/starter/signals.ts';
import { Starter } from '../../src/starter/starter.ts';
import { answerStatus } from '../support/gateway.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { type Office, openOffice } from '../support/letters/office.ts';
import { insertFailedLetter, insertLetter, readLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { insertRedrive, readRedrive, testRedrivesQueue } from '../support/redrives.ts';
import { until } from '../support/until.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let office: Office;
let redriveStarter: Starter;
beforeEach(async () => {
  database = await createLettersDatabase();
  office = await openOffice({ databaseUrl: database.url });
  const { pool, client, queue } = office;
  const redrives = testRedrivesQueue(queue.taskQueue);
  redriveStarter = new Starter({ pool, client, queue: redrives, workerId: 'starter-1', log: silentLogger });
  office.workerOptions.shutdownGraceMs = 0;
});
afterEach(async () => {
  await office.close();
  await database.drop();
});

const untilRedrive = (id: string, status: string) =>
  until(async () => {
    const row = await readRedrive(office.pool, id);
    return row.status === status && row;
  });
const count = async (from: string): Promise<number> =>
  (await office.pool.query<{ n: number }>(`SELECT count(*)::integer AS n FROM ${from}`)).rows[0]?.n ?? -1;
const failedJobs = async (jobs: number, fields = {}) => {
  for (let i = 0; i < jobs; i++) await insertFailedLetter(office.pool, fields);
};

describe('a redrive', () => {
  test('runs what failed again, and tells what became of each job', async () => {
    const { pool } = office;
    const mended = await insertFailedLetter(pool, { customer: 'acme' });
    const other = await insertFailedLetter(pool, { code: 'CARRIER_REFUSED' });
    const id = await insertRedrive(pool, { error_codes: ['CARRIER_AWAY'] });
    await office.startWorker();
    await redriveStarter.runOnce();
    expect(await untilRedrive(id, 'complete')).toMatchObject({ total: '1', requeued: '1', skipped: '0' });
    expect(await readLetter(pool, other)).toMatchObject({ status: 'failed', attempt: 1 });
    await office.starter().runOnce();
    await office.untilStatus(mended, 'complete');
    const { rows } = await pool.query('SELECT * FROM switchyard.redrive_outcomes');
    expect(rows).toMatchObject([
      {
        redrive_id: id,
        queue: 'letters',
        job_id: mended,
        outcome: 'requeued',
        attempt_before: 1,
        attempt_now: 2,
        status_now: 'complete',
        error_code_now: null,
      },
    ]);
    const { rows: events } = await pool.query(
      `SELECT actor, code, detail FROM switchyard.job_events WHERE job_id = $1 AND from_status = 'failed'`,
      [mended],
    );
    expect(events).toEqual([{ actor: `redrive ${id}`, code: 'REDRIVEN', detail: 'test' }]);
  });

  test('leaves alone a job that fails again, and shows that it did', async () => {
    const { pool } = office;
    office.carrier.answer = answerStatus(400);
    const job = await insertFailedLetter(pool);
    const id = await insertRedrive(pool, { per_second: 1 });
    await office.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readLetter(pool, job)).status === 'queued');
    await office.starter().runOnce();
    await office.untilStatus(job, 'failed');
    await untilRedrive(id, 'complete');
    expect(await readLetter(pool, job)).toMatchObject({ status: 'failed', attempt: 2 });
    const { rows } = await pool.query('SELECT * FROM switchyard.redrive_outcomes');
    expect(rows).toMatchObject([
      { outcome: 'requeued', status_now: 'failed', error_code_now: 'CARRIER_REFUSED' },
    ]);
  });

  test('sets back no more jobs a second than it may', async () => {
    await failedJobs(7);
    const id = await insertRedrive(office.pool, { per_second: 3, most_waiting: 100 });
    await office.startWorker();
    await redriveStarter.runOnce();
    await untilRedrive(id, 'complete');
    const { rows } = await office.pool.query<{ n: number; since: number | null }>(
      `SELECT count(*)::integer AS n, extract(epoch FROM at - lag(at) OVER (ORDER BY at))::float AS since
         FROM switchyard.redrive_jobs GROUP BY at ORDER BY at`,
    );
    expect(rows.map((batch) => batch.n)).toEqual([3, 3, 1]);
    for (const { since } of rows.slice(1)) expect(since).toBeGreaterThanOrEqual(0.99);
  });

  test('waits while its queue is paused, and says so', async () => {
    const { pool } = office;
    await failedJobs(1);
    await pool.query(`SELECT switchyard.pause_system('carrier', 'maintenance')`);
    const id = await insertRedrive(pool);
    await office.startWorker();
    await redriveStarter.runOnce();
    const held = await until(async () => {
      const row = await readRedrive(pool, id);
      return row.waits_for !== null && row;
    });
    expect(held).toMatchObject({ waits_for: 'its queue is paused: maintenance', requeued: '0', total: '1' });
    await pool.query(`SELECT switchyard.resume_system('carrier')`);
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '1', waits_for: null });
  });

  test('waits while too many jobs of its queue wait', async () => {
    const { pool } = office;
    await failedJobs(2);
    const waiting = [await insertLetter(pool), await insertLetter(pool)];
    const id = await insertRedrive(pool, { most_waiting: 3 });
    await office.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readRedrive(pool, id)).waits_for !== null);
    expect(await readRedrive(pool, id)).toMatchObject({
      requeued: '1',
      waits_for: '3 jobs or more wait in its queue',
    });
    await pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = ANY ($1)', [waiting]);
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '2' });
  });

  test('that is paused counts what it will take, and takes it when it goes on', async () => {
    const { pool } = office;
    await failedJobs(2);
    const id = await insertRedrive(pool, { paused: true });
    await office.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readRedrive(pool, id)).waits_for !== null);
    expect(await readRedrive(pool, id)).toMatchObject({
      total: '2',
      requeued: '0',
      waits_for: 'it is paused',
    });
    await pool.query('UPDATE switchyard.redrives SET paused = false');
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '2' });
  });

  test('that is canceled leaves the rest as it was, and takes it when it is queued again', async () => {
    const { pool, client, queue } = office;
    await failedJobs(3);
    const id = await insertRedrive(pool, { per_second: 1, most_waiting: 1 });
    await office.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readRedrive(pool, id)).requeued === '1');
    await pool.query('UPDATE switchyard.redrives SET cancel_requested_at = now()');
    const redrives = testRedrivesQueue(queue.taskQueue);
    await new Signals({ pool, client, queue: redrives, log: silentLogger }).runOnce();
    expect(await untilRedrive(id, 'canceled')).toMatchObject({ requeued: '1' });
    expect(await count(`letters WHERE status = 'failed'`)).toBe(2);
    await pool.query(`UPDATE switchyard.redrives SET status = 'queued', most_waiting = 100, per_second = 10`);
    await until(async () => (await redriveStarter.runOnce()).started === 1);
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '3', skipped: '0' });
  });

  test('goes on elsewhere, from where it was, when its worker ends', async () => {
    const { pool } = office;
    await failedJobs(4);
    const id = await insertRedrive(pool, { per_second: 2, most_waiting: 2 });
    const first = await office.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readRedrive(pool, id)).requeued === '2');
    await first.stop();
    expect(await readRedrive(pool, id)).toMatchObject({ status: 'processing', requeued: '2' });
    await pool.query('UPDATE switchyard.redrives SET most_waiting = 100');
    await office.startWorker();
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '4', total: '4' });
    expect(await count(`switchyard.job_events WHERE code = 'REDRIVEN'`)).toBe(4);
  });

  test('of a queue that nobody knows ends failed and says which there are', async () => {
    const id = await insertRedrive(office.pool, { queue: 'nothing' });
    await office.startWorker();
    await redriveStarter.runOnce();
    expect(await untilRedrive(id, 'failed')).toMatchObject({
      error_message: expect.stringMatching(/^there is no queue "nothing"; known are letters, .*redrives$/),
    });
  });
});
