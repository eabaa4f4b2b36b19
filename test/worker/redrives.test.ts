import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Signals } from '../../src/starter/signals.ts';
import { Starter } from '../../src/starter/starter.ts';
import { createTestDatabase } from '../support/database.ts';
import { answerStatus } from '../support/gateway.ts';
import { insertJob, readJob, until } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { insertFailedJob, insertRedrive, readRedrive, testRedrivesQueue } from '../support/redrives.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pipeline: Pipeline;
let redriveStarter: Starter;
beforeEach(async () => {
  database = await createTestDatabase();
  pipeline = await createPipeline({ databaseUrl: database.url });
  const { pool, client, queue } = pipeline;
  const redrives = testRedrivesQueue(queue.taskQueue);
  redriveStarter = new Starter({ pool, client, queue: redrives, workerId: 'starter-1', log: silentLogger });
  pipeline.workerEnv['SHUTDOWN_GRACE_TIME'] = '0';
});
afterEach(async () => {
  await pipeline.close();
  await database.drop();
});

const untilRedrive = (id: string, status: string) =>
  until(async () => {
    const row = await readRedrive(pipeline.pool, id);
    return row.status === status && row;
  });
const count = async (from: string): Promise<number> =>
  (await pipeline.pool.query<{ n: number }>(`SELECT count(*)::integer AS n FROM ${from}`)).rows[0]?.n ?? -1;
const failedJobs = async (jobs: number, fields = {}) => {
  for (let i = 0; i < jobs; i++) await insertFailedJob(pipeline.pool, fields);
};

describe('a redrive', () => {
  test('runs what failed again, and tells what became of each job', async () => {
    const { pool } = pipeline;
    const mended = await insertFailedJob(pool, { customer: 'acme' });
    const other = await insertFailedJob(pool, { code: 'GW_4XX' });
    const id = await insertRedrive(pool, { error_codes: ['GW_5XX'] });
    await pipeline.startWorker();
    await redriveStarter.runOnce();
    expect(await untilRedrive(id, 'complete')).toMatchObject({ total: '1', requeued: '1', skipped: '0' });
    expect(await readJob(pool, other)).toMatchObject({ status: 'failed', attempt: 1 });
    await pipeline.starter().runOnce();
    await pipeline.untilStatus(mended, 'complete');
    const { rows } = await pool.query('SELECT * FROM switchyard.redrive_outcomes');
    expect(rows).toMatchObject([
      {
        redrive_id: id,
        queue: 'invoices',
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
    const { pool } = pipeline;
    pipeline.gateway.answer = answerStatus(400);
    const job = await insertFailedJob(pool);
    const id = await insertRedrive(pool, { per_second: 1 });
    await pipeline.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readJob(pool, job)).status === 'queued');
    await pipeline.starter().runOnce();
    await pipeline.untilStatus(job, 'failed');
    await untilRedrive(id, 'complete');
    expect(await readJob(pool, job)).toMatchObject({ status: 'failed', attempt: 2 });
    const { rows } = await pool.query('SELECT * FROM switchyard.redrive_outcomes');
    expect(rows).toMatchObject([{ outcome: 'requeued', status_now: 'failed', error_code_now: 'GW_4XX' }]);
  });

  test('sets back no more jobs a second than it may', async () => {
    await failedJobs(7);
    const id = await insertRedrive(pipeline.pool, { per_second: 3, most_waiting: 100 });
    await pipeline.startWorker();
    await redriveStarter.runOnce();
    await untilRedrive(id, 'complete');
    const { rows } = await pipeline.pool.query<{ n: number; since: number | null }>(
      `SELECT count(*)::integer AS n, extract(epoch FROM at - lag(at) OVER (ORDER BY at))::float AS since
         FROM switchyard.redrive_jobs GROUP BY at ORDER BY at`,
    );
    expect(rows.map((batch) => batch.n)).toEqual([3, 3, 1]);
    for (const { since } of rows.slice(1)) expect(since).toBeGreaterThanOrEqual(0.99);
  });

  test('waits while its queue is paused, and says so', async () => {
    const { pool } = pipeline;
    await failedJobs(1);
    await pool.query(`SELECT switchyard.pause_system('gateway', 'maintenance')`);
    const id = await insertRedrive(pool);
    await pipeline.startWorker();
    await redriveStarter.runOnce();
    const held = await until(async () => {
      const row = await readRedrive(pool, id);
      return row.waits_for !== null && row;
    });
    expect(held).toMatchObject({ waits_for: 'its queue is paused: maintenance', requeued: '0', total: '1' });
    await pool.query(`SELECT switchyard.resume_system('gateway')`);
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '1', waits_for: null });
  });

  test('waits while too many jobs of its queue wait', async () => {
    const { pool } = pipeline;
    await failedJobs(2);
    const waiting = [await insertJob(pool), await insertJob(pool)];
    const id = await insertRedrive(pool, { most_waiting: 3 });
    await pipeline.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readRedrive(pool, id)).waits_for !== null);
    expect(await readRedrive(pool, id)).toMatchObject({
      requeued: '1',
      waits_for: '3 jobs or more wait in its queue',
    });
    await pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = ANY ($1)', [waiting]);
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '2' });
  });

  test('that is paused counts what it will take, and takes it when it goes on', async () => {
    const { pool } = pipeline;
    await failedJobs(2);
    const id = await insertRedrive(pool, { paused: true });
    await pipeline.startWorker();
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
    const { pool, client, queue } = pipeline;
    await failedJobs(3);
    const id = await insertRedrive(pool, { per_second: 1, most_waiting: 1 });
    await pipeline.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readRedrive(pool, id)).requeued === '1');
    await pool.query('UPDATE switchyard.redrives SET cancel_requested_at = now()');
    const redrives = testRedrivesQueue(queue.taskQueue);
    await new Signals({ pool, client, queue: redrives, log: silentLogger }).runOnce();
    expect(await untilRedrive(id, 'canceled')).toMatchObject({ requeued: '1' });
    expect(await count(`jobs WHERE status = 'failed'`)).toBe(2);
    await pool.query(`UPDATE switchyard.redrives SET status = 'queued', most_waiting = 100, per_second = 10`);
    await until(async () => (await redriveStarter.runOnce()).started === 1);
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '3', skipped: '0' });
  });

  test('goes on elsewhere, from where it was, when its worker ends', async () => {
    const { pool } = pipeline;
    await failedJobs(4);
    const id = await insertRedrive(pool, { per_second: 2, most_waiting: 2 });
    const first = await pipeline.startWorker();
    await redriveStarter.runOnce();
    await until(async () => (await readRedrive(pool, id)).requeued === '2');
    await first.stop();
    expect(await readRedrive(pool, id)).toMatchObject({ status: 'processing', requeued: '2' });
    await pool.query('UPDATE switchyard.redrives SET most_waiting = 100');
    await pipeline.startWorker();
    expect(await untilRedrive(id, 'complete')).toMatchObject({ requeued: '4', total: '4' });
    expect(await count(`switchyard.job_events WHERE code = 'REDRIVEN'`)).toBe(4);
  });

  test('of a queue that nobody knows ends failed and says which there are', async () => {
    const id = await insertRedrive(pipeline.pool, { queue: 'nothing' });
    await pipeline.startWorker();
    await redriveStarter.runOnce();
    expect(await untilRedrive(id, 'failed')).toMatchObject({
      error_message: expect.stringMatching(/^there is no queue "nothing"; known are invoices, .*redrives$/),
    });
  });
});
