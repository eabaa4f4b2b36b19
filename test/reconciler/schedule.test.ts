import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { loadSettings } from '../../server/settings.ts';
import { createTemporalClient, loadTemporalConfig } from '../../src/platform/temporal.ts';
import { housekeepingId, reconcilerId } from '../../src/queues/reconciler.ts';
import { ensureReconciler, keepReconciler, renewReconciler } from '../../src/worker/reconciler-schedule.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { insertJob, until } from '../support/jobs.ts';
import { recordingLogger } from '../support/logger.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';

let pipeline: Pipeline;
eachTestHasPipeline((opened) => {
  pipeline = opened;
});
afterEach(async () => {
  for (const id of [reconcilerId, housekeepingId]) {
    await schedule(id)
      .delete()
      .catch(() => undefined); // some tests make none
  }
});

const settings = (intervalMs = 1_000) => ({
  taskQueue: pipeline.queue.taskQueue,
  reconcileIntervalMs: intervalMs,
  database: pipeline.queue.database ?? '',
});
const schedule = (id = reconcilerId) => pipeline.client.schedule.getHandle(id(pipeline.queue.taskQueue));

const untilMade = (id: typeof reconcilerId) =>
  until(() =>
    schedule(id)
      .describe()
      .catch(() => undefined),
  );

test('a workflow terminated in Temporal ends its row at the next pass, also while every place is taken', async () => {
  await pipeline.startWorker({ WORKER_MAX_ACTIVITIES: '1', SHUTDOWN_GRACE_TIME: '0' });
  const held = answerLater(answerXml('<invoice/>'));
  pipeline.gateway.answer = held.answer;
  const hanging = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await held.called;
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await pipeline.workflow(id).terminate();
  await renewReconciler(pipeline.client, settings(), ['invoices']);
  expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({ error_code: 'TERMINATED' });
  held.release();
  await pipeline.untilStatus(hanging, 'complete');
});

test('many workers make one schedule of each; the newest settings hold; a paused one stays paused', async () => {
  const made = await Promise.all(
    Array.from({ length: 5 }, () => ensureReconciler(pipeline.client, settings(60_000), ['invoices'])),
  );
  const { taskQueue } = pipeline.queue;
  expect(made.flat().sort()).toEqual([housekeepingId(taskQueue), reconcilerId(taskQueue)]);
  await schedule().pause('by hand');
  await Promise.all(
    [1, 2].map(() => renewReconciler(pipeline.client, settings(90_000), ['invoices', 'more'])),
  );
  const { spec, state, action } = await schedule().describe();
  expect(spec.intervals).toMatchObject([{ every: 90_000 }]);
  expect(state).toMatchObject({ paused: true, note: 'by hand' });
  expect(action.args).toMatchObject([{ queues: ['invoices', 'more'] }]);
});

test('a schedule that is gone is made again', async () => {
  const { log, lines } = recordingLogger();
  const stopping = new AbortController();
  const kept = keepReconciler(
    {
      client: pipeline.client,
      settings: settings(60_000),
      queues: ['invoices'],
      log,
      signal: stopping.signal,
    },
    { least: 10, most: 20 },
  );
  for (const id of [reconcilerId, housekeepingId]) {
    await untilMade(id);
    await schedule(id).delete();
    await untilMade(id);
  }
  stopping.abort();
  await kept;
  expect(lines).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('made again') }));
});

test('rows are mended while much is removed that is too old', async () => {
  await pipeline.pool.query(
    `INSERT INTO jobs (status, upload_path, error_code, failed_at)
     SELECT 'failed', 'a.pdf', 'GW_4XX', now() - interval '2 days' FROM generate_series(1, 20000)`,
  );
  await pipeline.startWorker({ RETENTION_JOBS_DAYS: '1', SHUTDOWN_GRACE_TIME: '0' });
  pipeline.gateway.answer = answerLater(answerXml('<invoice/>')).answer;
  const old = async () =>
    (await pipeline.pool.query(`SELECT FROM jobs WHERE error_code = 'GW_4XX'`)).rowCount ?? 0;
  await renewReconciler(pipeline.client, settings(), ['invoices']);
  await schedule(housekeepingId).trigger();
  await until(async () => (await old()) < 20_000);
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await pipeline.workflow(id).terminate();
  expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({ error_code: 'TERMINATED' });
  expect(await old()).toBeGreaterThan(0);
});

test('a Temporal that takes calls and never answers keeps no worker from its end', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const called = new Promise((done) => silent.once('connection', done));
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const client = createTemporalClient(
    { ...loadTemporalConfig(loadSettings({})), connection: { address } },
    'w',
  );
  const stopping = new AbortController();
  const { log } = recordingLogger();
  const kept = keepReconciler({ client, settings: settings(), queues: [], log, signal: stopping.signal });
  await called;
  stopping.abort();
  const toldAt = performance.now();
  await kept;
  expect(performance.now() - toldAt).toBeLessThan(5_000);
  await client.connection.close();
  silent.close();
});
