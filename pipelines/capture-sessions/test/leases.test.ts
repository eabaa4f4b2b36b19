import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createReconcileActivities } from '../../../src/activities/reconciler/activities.ts';
import { reconcileStatements } from '../../../src/sql/reconciler.ts';
import { signalStatements } from '../../../src/sql/signals.ts';
import { startWorkflow } from '../../../src/starter/start-workflow.ts';
import { folderStorage } from '../../../src/storage/storage.ts';
import { activityEnvironment } from '../../../test/support/activity.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { eventsOf } from '../../../test/support/reconciler.ts';
import { until } from '../../../test/support/until.ts';
import { createSessions, type Sessions } from './support/sessions.ts';

let sessions: Sessions;
beforeAll(async () => {
  sessions = await createSessions();
  await sessions.startWorker();
});
afterAll(() => sessions.close());
beforeEach(() =>
  sessions.pool.query('TRUNCATE schedule_ingest.capture_session, schedule_ingest.schedule_version'),
);

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);

/** A row as a worker of the older system leaves it: in flight, by its lease, with no run. */
const insertLeased = (lockedAt: Date, more: Record<string, unknown> = {}) =>
  sessions.insert({ state: 'processing', locked_at: lockedAt, locked_by: 'old-worker', ...more });

const update = (id: string, set: string) =>
  sessions.pool.query(`UPDATE schedule_ingest.capture_session SET ${set} WHERE id = $1`, [id]);

/** A pass of the reconciler over rows and workflows. */
async function reconcile(): Promise<void> {
  const { pool, client, queue } = sessions;
  const rules = createReconcileActivities({
    pool,
    client,
    queues: [queue],
    files: [],
    storage: folderStorage,
    results: { sweep: async () => 0 },
    settledMs: 0,
    lostTaskAfterMs: 300_000,
    keepJobsMs: 0,
    keepEventsMs: 0,
    log: silentLogger,
  });
  await activityEnvironment().run(() => rules.reconcileRows({ queue: queue.name }));
  await activityEnvironment().run(() => rules.reconcileWorkflows({ queue: queue.name }));
}

describe('a row that an older worker left in flight', () => {
  test('is picked up when its lease of LEASE_TIMEOUT_SECONDS has run out, and finalized once', async () => {
    const id = await insertLeased(ago(301));
    expect(await sessions.signals.runOnce()).toMatchObject({ due: 1 });
    expect(await sessions.read(id)).toMatchObject({ state: 'pending', locked_at: null, locked_by: null });
    await sessions.starter.runOnce();
    await sessions.untilState(id, 'done');
    expect(await sessions.versions()).toMatchObject([{ session_id: id }]);
  });

  test('is left alone while its lease runs, and the starter knows when it ends', async () => {
    const id = await insertLeased(ago(100));
    const { due, nextDueMs } = await sessions.signals.runOnce();
    expect(due).toBe(0);
    expect(nextDueMs).toBeGreaterThan(150_000);
    expect(nextDueMs).toBeLessThanOrEqual(200_000);
    expect(await sessions.starter.runOnce()).toMatchObject({ started: 0 });
    expect(await sessions.read(id)).toMatchObject({ state: 'processing', locked_by: 'old-worker' });
  });

  test('waits until nothing is pending: pending first', async () => {
    const left = await insertLeased(ago(1_000));
    const pending = await sessions.insert();
    expect(await sessions.signals.runOnce()).toMatchObject({ due: 0 });
    await sessions.starter.runOnce();
    await sessions.untilState(pending, 'done');
    expect(await sessions.read(left)).toMatchObject({ state: 'processing' });
    expect(await sessions.signals.runOnce()).toMatchObject({ due: 1 });
  });

  test('goes oldest lease first', async () => {
    await insertLeased(ago(400));
    const oldest = await insertLeased(ago(500));
    await sessions.pool.query(signalStatements(sessions.queue).releaseAdopted ?? '', [1]);
    expect(await sessions.read(oldest)).toMatchObject({ state: 'pending' });
  });

  test('is none of the reconciler’s, whose rules leave it as it is', async () => {
    const id = await insertLeased(ago(1_000), { started_at: ago(1_000) });
    const { pool, queue } = sessions;
    expect((await pool.query(reconcileStatements(queue).owned, ['-infinity', null, 10])).rows).toEqual([]);
    await reconcile();
    expect(await sessions.read(id)).toMatchObject({ state: 'processing', locked_by: 'old-worker' });
  });

  test('that is to be canceled is told to nobody, and ends when its lease has run out', async () => {
    const id = await insertLeased(ago(100));
    await update(id, 'cancel_requested_at = now()');
    expect(await sessions.signals.runOnce()).toMatchObject({ canceling: 0, due: 0 });
    await update(id, `locked_at = now() - interval '301 seconds'`);
    expect(await sessions.signals.runOnce()).toMatchObject({ due: 1 });
    expect(await sessions.read(id)).toMatchObject({ state: 'canceled', locked_at: null, locked_by: null });
  });

  test('and that it ends itself in time is not run again', async () => {
    const id = await insertLeased(ago(100));
    await update(id, `state = 'done', locked_at = NULL, locked_by = NULL, error = NULL`);
    expect(await sessions.signals.runOnce()).toMatchObject({ due: 0 });
    expect((await eventsOf(sessions.pool, id)).map(({ to_status }) => to_status)).toEqual([
      'processing',
      'complete',
    ]);
  });
});

test('a row that was ours once is an older worker’s when that claims it, and its old run has no say in it', async () => {
  const id = await sessions.insert();
  await until(async () => (await sessions.starter.runOnce()).started === 1);
  const { run_id } = await sessions.untilState(id, 'done');
  expect(run_id).not.toBeNull();
  await update(id, `state = 'pending'`);
  await update(id, `state = 'processing', locked_at = now(), locked_by = 'old-worker'`);
  expect(await sessions.read(id)).toMatchObject({ run_id: null, locked_by: 'old-worker' });
});

test('a row of ours is not released by the age of its lease, but once it has no open workflow', async () => {
  const { queue, insert, read, signals, client } = sessions;
  const id = await insert();
  const run = await client.workflow.start(queue.workflowType, {
    workflowId: id,
    taskQueue: `${queue.taskQueue}-nobody`,
    args: [{ queue: queue.name, jobId: id, requestId: null }],
  });
  await sessions.pool.query(
    `UPDATE schedule_ingest.capture_session SET state = 'processing', run_id = $2, started_at = now() WHERE id = $1`,
    [id, run.firstExecutionRunId],
  );
  await update(id, `locked_at = now() - interval '1 day'`);
  expect(await signals.runOnce()).toMatchObject({ due: 0 });
  expect(await read(id)).toMatchObject({ state: 'processing', run_id: run.firstExecutionRunId });
  await client.workflow.getHandle(id).terminate();
  await reconcile();
  expect(await read(id)).toMatchObject({ state: 'pending', locked_at: null, locked_by: null, error: null });
});

test('a row whose claim was rolled back and that an older worker then took is left to it by the open workflow', async () => {
  const { queue, insert, read, client, signals, starter } = sessions;
  const id = await insert();
  // As after a crash between start and COMMIT, the older worker being first at the row.
  await update(
    id,
    `state = 'processing', locked_at = now() - interval '400 seconds', locked_by = 'old-worker'`,
  );
  const waiting = { id, run_id: null, priority: 0, label: null, request_id: null, share: null };
  await startWorkflow(client, queue, waiting);
  await client.workflow.getHandle(id).result();
  expect(await read(id)).toMatchObject({ state: 'processing', locked_by: 'old-worker', run_id: null });
  await update(id, `locked_at = now() - interval '400 seconds'`);
  expect(await signals.runOnce()).toMatchObject({ due: 1 });
  await until(async () => (await starter.runOnce()).started === 1);
  await sessions.untilState(id, 'done');
  expect(await sessions.versions()).toMatchObject([{ session_id: id }]);
});
