import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflowSources } from '../../../server/workflow-sources.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { rowTaskQueue } from '../../../src/queues/standard.ts';
import { verifyQueue } from '../../../src/verify/queues.ts';
import { workflowBundle } from '../../../src/worker/bundle.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { eventsOf } from '../../../test/support/reconciler.ts';
import { connectTemporal } from '../../../test/support/temporal.ts';
import { until } from '../../../test/support/until.ts';
import { createCaptureSessionActivities } from '../finalize-session.ts';
import { type Schedule, stubSchedule } from '../schedules.ts';
import { createSessions, type Sessions } from './support/sessions.ts';

let sessions: Sessions;
beforeAll(async () => {
  sessions = await createSessions();
});
afterAll(() => sessions.close());

const versionsOf = async (id: string) =>
  (await sessions.versions()).filter((version) => version['session_id'] === id);

const update = (id: string, set: string) =>
  sessions.pool.query(`UPDATE schedule_ingest.capture_session SET ${set} WHERE id = $1`, [id]);

/** Starts what waits until the session is in that state. */
async function runUntil(id: string, state: string) {
  return until(async () => {
    await sessions.starter.runOnce();
    const row = await sessions.read(id);
    return row.state === state && row;
  });
}

test('the definition fits the table of the migration', async () => {
  await expect(verifyQueue(sessions.pool, sessions.queue)).resolves.toBeUndefined();
});

describe('with a worker of the product', () => {
  let stop: () => Promise<void>;
  beforeAll(async () => {
    stop = (await sessions.startWorker()).stop;
  });
  afterAll(() => stop());

  test('one session becomes one schedule version, moves its day, and ends as done with its lease cleared', async () => {
    const id = await sessions.insert();
    expect(await runUntil(id, 'done')).toMatchObject({ locked_at: null, locked_by: null, error: null });
    expect(await versionsOf(id)).toMatchObject([
      {
        version: 1,
        payload: { stub: true },
        // printf '{"stub":true}' | sha256sum
        payload_hash: '90b1dd9fb4bebb8ed1d71b570547080958e1401a07a2e6a19f68165c4ea1f31a',
      },
    ]);
    const { rows } = await sessions.pool.query(
      'SELECT schedule_date::text, current_version FROM schedule_ingest.day_schedule',
    );
    expect(rows).toEqual([{ schedule_date: '2000-01-01', current_version: 1 }]);
  });

  test('a session that is done and set back to pending is done again, and writes nothing more', async () => {
    const id = await sessions.insert();
    await runUntil(id, 'done');
    await update(id, `state = 'pending'`);
    expect(await runUntil(id, 'done')).toMatchObject({ attempt: 2 });
    expect(await versionsOf(id)).toHaveLength(1);
  });

  test('the history of a session is in the words of all queues', async () => {
    const id = await sessions.insert();
    await runUntil(id, 'done');
    const { rows } = await sessions.pool.query(
      `SELECT to_status, actor FROM switchyard.job_events WHERE job_id = $1 ORDER BY id`,
      [id],
    );
    expect(rows.map(({ to_status }) => to_status)).toEqual(['queued', 'processing', 'complete']);
  });

  test('what the database refuses fails the session with its words, and writes nothing', async () => {
    const table = 'ALTER TABLE schedule_ingest.schedule_version';
    await sessions.pool.query(`${table} ADD CONSTRAINT later_versions CHECK (version > 1) NOT VALID`);
    const id = await sessions.insert();
    expect(await runUntil(id, 'failed')).toMatchObject({
      error_code: 'BAD_SCHEDULE',
      error: expect.stringContaining('later_versions'),
      locked_at: null,
      locked_by: null,
    });
    expect(await versionsOf(id)).toEqual([]);

    await sessions.pool.query(`${table} DROP CONSTRAINT later_versions`);
    await update(id, `state = 'pending'`);
    expect(await runUntil(id, 'done')).toMatchObject({ error: null, error_code: null, attempt: 2 });
    expect(await versionsOf(id)).toHaveLength(1);
  });
});

describe('a running session', () => {
  test('that is canceled ends as canceled within the work, lease cleared, and writes nothing', async () => {
    const { stop } = await sessions.startWorker({ SIMULATED_WORK_SECONDS: '3600' });
    const id = await sessions.insert();
    expect(await runUntil(id, 'processing')).toMatchObject({
      locked_at: expect.any(Date),
      locked_by: 'starter-1',
    });
    await update(id, 'cancel_requested_at = now()');
    await until(async () => (await sessions.signals.runOnce()).canceling === 1);
    expect(await sessions.untilState(id, 'canceled')).toMatchObject({ locked_at: null, locked_by: null });
    expect(await versionsOf(id)).toEqual([]);
    await stop();
  });

  test('that was taken from its run writes no schedule', async () => {
    const captured = Promise.withResolvers<Schedule>();
    const asked = Promise.withResolvers<void>();
    await withCapture(
      () => {
        asked.resolve();
        return captured.promise;
      },
      async () => {
        const id = await sessions.insert();
        await runUntil(id, 'processing');
        await asked.promise;
        await update(id, `run_id = 'another'`);
        captured.resolve(stubSchedule);
        await sessions.client.workflow.getHandle(id).result();
        expect(await sessions.read(id)).toMatchObject({ state: 'processing', run_id: 'another' });
        expect(await versionsOf(id)).toEqual([]);
        await update(id, `state = 'canceled'`);
      },
    );
  });
});

describe('forced failures:', () => {
  test.each([
    ['a bad version', { ...stubSchedule, version: 0 }, 'its version is 0'],
    ['a bad payload', { ...stubSchedule, payload: 'no object' }, 'its payload is no JSON object'],
    [
      'a payload that jsonb has no place for',
      { ...stubSchedule, payload: { nul: '\0' } },
      'the database refuses it',
    ],
    ['a day that is none', { ...stubSchedule, date: '2026-02-31' }, 'the database refuses it'],
  ])('%s ends the session as failed, says why, and writes nothing', async (_, schedule, message) => {
    await withCapture(
      async () => schedule,
      async () => {
        const id = await sessions.insert();
        expect(await runUntil(id, 'failed')).toMatchObject({
          error_code: 'BAD_SCHEDULE',
          error: expect.stringContaining(message),
          locked_at: null,
          locked_by: null,
        });
        expect(await versionsOf(id)).toEqual([]);
        expect(await eventsOf(sessions.pool, id)).toMatchObject([
          { to_status: 'queued' },
          { to_status: 'processing' },
          { to_status: 'failed', code: 'BAD_SCHEDULE' },
        ]);
      },
    );
  });
});

/** Runs a worker whose sessions captured something else. */
async function withCapture(capture: () => Promise<Schedule>, run: () => Promise<void>): Promise<void> {
  const { pool, queue } = sessions;
  const jobs = createJobActivities({ pool, queues: [queue], workerId: 'worker-1', log: silentLogger });
  const { connection, close } = await connectTemporal();
  const activities = createCaptureSessionActivities({
    jobs,
    schema: 'schedule_ingest',
    capture,
    simulatedWorkMs: 0,
    log: silentLogger,
  });
  const { taskQueue, workTaskQueue = taskQueue } = queue;
  const bundle = { codePath: await workflowBundle(undefined, workflowSources) };
  const workers = [
    await Worker.create({ connection, taskQueue, workflowBundle: bundle }),
    await Worker.create({ connection, taskQueue: workTaskQueue, activities }),
    await Worker.create({
      connection,
      taskQueue: rowTaskQueue(queue),
      activities: { endJob: jobs.endJob },
    }),
  ];
  const running = run();
  await Promise.all(workers.map((worker) => worker.runUntil(running))).finally(close);
}
