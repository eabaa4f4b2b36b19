import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { withDefaults } from '../../src/platform/default-settings.ts';
import { createTemporalClient, loadTemporalConfig } from '../../src/platform/temporal.ts';
import { housekeepingId, reconcilerId } from '../../src/queues/reconciler.ts';
import { ensureReconciler, keepReconciler, renewReconciler } from '../../src/worker/reconciler-schedule.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { recordingLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

let office: Office;
eachTestHasOffice((opened) => {
  office = opened;
});
afterEach(async () => {
  for (const id of [reconcilerId, housekeepingId]) {
    await schedule(id)
      .delete()
      .catch(() => undefined); // some tests make none
  }
});

const settings = (intervalMs = 1_000) => ({
  taskQueue: office.queue.taskQueue,
  reconcileIntervalMs: intervalMs,
  lostTaskAfterMs: 300_000,
  database: office.queue.database ?? '',
});
const schedule = (id = reconcilerId) => office.client.schedule.getHandle(id(office.queue.taskQueue));

const untilMade = (id: typeof reconcilerId) =>
  until(() =>
    schedule(id)
      .describe()
      .catch(() => undefined),
  );

test('a workflow terminated in Temporal ends its row at the next pass, also while every place is taken', async () => {
  await office.startWorker({ workerMaxActivities: 1, shutdownGraceMs: 0 });
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  const hanging = await insertLetter(office.pool);
  await office.starter().runOnce();
  await held.called;
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await office.workflow(id).terminate();
  await renewReconciler(office.client, settings(), ['letters']);
  expect(await office.untilStatus(id, 'failed')).toMatchObject({ error_code: 'TERMINATED' });
  held.release();
  await office.untilStatus(hanging, 'complete');
});

test('many workers make one schedule of each; the newest settings hold; a paused one stays paused', async () => {
  const made = await Promise.all(
    Array.from({ length: 5 }, () => ensureReconciler(office.client, settings(60_000), ['letters'])),
  );
  const { taskQueue } = office.queue;
  expect(made.flat().sort()).toEqual([housekeepingId(taskQueue), reconcilerId(taskQueue)]);
  await schedule().pause('by hand');
  await Promise.all([1, 2].map(() => renewReconciler(office.client, settings(90_000), ['letters', 'more'])));
  const { spec, state, action } = await schedule().describe();
  expect(spec.intervals).toMatchObject([{ every: 90_000 }]);
  expect(state).toMatchObject({ paused: true, note: 'by hand' });
  expect(action.args).toMatchObject([{ queues: ['letters', 'more'] }]);
});

test('its runs are in no list of workflows but that of their own division', async () => {
  await office.startWorker({ shutdownGraceMs: 0 });
  await renewReconciler(office.client, settings(), ['letters']);
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  const idsBy = async (query: string) =>
    (await Array.fromAsync(office.client.workflow.list({ query }))).map(({ workflowId }) => workflowId);
  const here = `TaskQueue = "${office.queue.taskQueue}"`;
  const own = await until(async () => {
    const found = await idsBy(`${here} AND TemporalNamespaceDivision = "switchyard"`);
    return found.length > 0 ? found : undefined;
  });
  for (const run of own) expect(run).toMatch(/^switchyard-reconciler-/);
  expect(await until(async () => (await idsBy(here)).find(Boolean))).toBe(id);
  expect(await idsBy(here)).toEqual([id]);
});

test('a rule whose task no worker gets holds up a pass for minutes, not for the hour that a rule may take', async () => {
  await renewReconciler(office.client, settings(), ['letters']);
  const { recentActions } = await until(async () => {
    const { info } = await schedule().describe();
    return info.recentActions.length > 0 ? info : undefined;
  });
  const action = recentActions[0]?.action;
  await office.startWorker({ shutdownGraceMs: 0 });
  const pass = office.client.workflow.getHandle(action?.workflow.workflowId ?? '');
  const rules = await until(async () => {
    const { events } = await pass.fetchHistory();
    const scheduled = events?.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    return scheduled !== undefined && scheduled.length > 0 ? scheduled : undefined;
  });
  for (const rule of rules) expect(Number(rule.scheduleToStartTimeout?.seconds)).toBe(600);
});

test('a schedule that is gone is made again', async () => {
  const { log, lines } = recordingLogger();
  const stopping = new AbortController();
  const kept = keepReconciler(
    {
      client: office.client,
      settings: settings(60_000),
      queues: ['letters'],
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
  await office.pool.query(
    `INSERT INTO letters (status, enclosure, error_code, failed_at)
     SELECT 'failed', 'a.txt', 'CARRIER_REFUSED', now() - interval '2 days' FROM generate_series(1, 20000)`,
  );
  await office.startWorker({ retentionJobsDays: 1, shutdownGraceMs: 0 });
  office.carrier.answer = answerLater(answerXml('<receipt/>')).answer;
  const old = async () =>
    (await office.pool.query(`SELECT FROM letters WHERE error_code = 'CARRIER_REFUSED'`)).rowCount ?? 0;
  await renewReconciler(office.client, settings(), ['letters']);
  await schedule(housekeepingId).trigger();
  await until(async () => (await old()) < 20_000);
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await office.workflow(id).terminate();
  expect(await office.untilStatus(id, 'failed')).toMatchObject({ error_code: 'TERMINATED' });
  expect(await old()).toBeGreaterThan(0);
});

test('a Temporal that takes calls and never answers keeps no worker from its end', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const called = new Promise((done) => silent.once('connection', done));
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const client = createTemporalClient(
    { ...loadTemporalConfig(withDefaults({ databaseUrl: '' })), connection: { address } },
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
