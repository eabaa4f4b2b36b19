import { afterEach, expect, test } from 'vitest';
import { reconcilerId } from '../../src/queues/reconciler.ts';
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
  await schedule()
    .delete()
    .catch(() => undefined); // some tests make none
});

const settings = (intervalMs = 1_000) => ({
  taskQueue: pipeline.queue.taskQueue,
  reconcileIntervalMs: intervalMs,
});
const schedule = () => pipeline.client.schedule.getHandle(reconcilerId(pipeline.queue.taskQueue));

const untilMade = () =>
  until(() =>
    schedule()
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

test('many workers make one schedule; the newest settings hold; a paused one stays paused', async () => {
  const made = await Promise.all(
    Array.from({ length: 5 }, () => ensureReconciler(pipeline.client, settings(60_000), ['invoices'])),
  );
  expect(made.sort()).toEqual(['made', 'there', 'there', 'there', 'there']);
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
  await untilMade();
  await schedule().delete();
  await untilMade();
  stopping.abort();
  await kept;
  expect(lines).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('made again') }));
});

test('each pass knows when files were last looked at, and does not do it again within the hour', async () => {
  await pipeline.startWorker();
  await renewReconciler(pipeline.client, settings(), ['invoices']);
  const results = await until(async () => {
    const { info } = await schedule().describe();
    const runs = info.recentActions.map(({ action }) => action.workflow);
    if (runs.length < 3) return undefined;
    return Promise.all(runs.map(({ workflowId }) => pipeline.client.workflow.getHandle(workflowId).result()));
  });
  expect(new Set(results.map((result) => (result as { housekeptAt: number }).housekeptAt)).size).toBe(1);
});
