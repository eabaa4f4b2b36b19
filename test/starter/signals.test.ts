import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../src/starter/signals.ts';
import { startWorkflow } from '../../src/starter/start-workflow.ts';
import { answerLater, answerStatus, answerXml } from '../support/gateway.ts';
import { insertJob, readJob } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';

let pipeline: Pipeline;
let signals: Signals;
eachTestHasPipeline((opened) => {
  pipeline = opened;
  const { pool, client, queue } = pipeline;
  signals = new Signals({ pool, client, queue, log: silentLogger });
});

async function cancelRequestedOf(id: string) {
  const { runId, raw } = await pipeline.workflow(id).describe();
  return { runId, cancelRequested: raw.workflowExtendedInfo?.cancelRequested };
}

describe('cancel_requested_at', () => {
  test('ends a queued row at once', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [id]);
    const row = await readJob(pipeline.pool, id);
    expect(row.status).toBe('canceled');
    expect(row.canceled_at).toBeInstanceOf(Date);
  });

  test('of a running job asks Temporal once in a while, not at each pass', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    await pipeline.pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [id]);
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
    expect(await signals.runOnce()).toMatchObject({ canceling: 0 });
    const { raw } = await pipeline.workflow(id).describe();
    expect(raw.workflowExtendedInfo?.cancelRequested).toBe(true);
    await pipeline.workflow(id).terminate();
  });

  test('undone by a ROLLBACK is as if it had never been', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.pool.query('BEGIN; UPDATE jobs SET cancel_requested_at = now(); ROLLBACK');
    expect(await readJob(pipeline.pool, id)).toMatchObject({ status: 'queued', cancel_requested_at: null });
  });

  test('leaves a job that has ended as it is', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.startWorker();
    await pipeline.starter().runOnce();
    await pipeline.untilStatus(id, 'complete');
    await pipeline.pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [id]);
    expect(await readJob(pipeline.pool, id)).toMatchObject({ status: 'complete' });
  });

  test('is gone when the row is set back to queued', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [id]);
    await pipeline.pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [id]);
    expect(await readJob(pipeline.pool, id)).toMatchObject({
      status: 'queued',
      cancel_requested_at: null,
      canceled_at: null,
    });
  });

  test('reaches a reset of the run that the row names', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    const worker = await pipeline.startWorker({ SHUTDOWN_GRACE_TIME: '0' });
    const held = answerLater(answerXml('<invoice/>'));
    pipeline.gateway.answer = held.answer;
    await held.called;
    await worker.stop();
    held.release();
    const runId = await pipeline.reset(id);
    await pipeline.pool.query('UPDATE jobs SET cancel_requested_at = now()');
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
    expect(await cancelRequestedOf(id)).toEqual({ runId, cancelRequested: true });
  });

  test('leaves a later run alone that it was not asked of', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    const { run_id } = await readJob(pipeline.pool, id);
    await pipeline.workflow(id).terminate();
    const { queue } = pipeline;
    const { firstExecutionRunId: runId } = await pipeline.client.workflow.start(queue.workflowType, {
      workflowId: id,
      taskQueue: queue.taskQueue,
    });
    expect(runId).not.toBe(run_id);
    await pipeline.pool.query('UPDATE jobs SET cancel_requested_at = now()');
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
    expect(await cancelRequestedOf(id)).toEqual({ runId, cancelRequested: false });
  });

  test('of a job whose workflow is gone is reported, not thrown', async () => {
    const { pool } = pipeline;
    await insertJob(pool, { status: 'processing', run_id: randomUUID(), started_at: new Date() });
    await pool.query('UPDATE jobs SET cancel_requested_at = now()');
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
  });
});

describe('run_at', () => {
  test('lets a row go when its time has come, and says when the next one is due', async () => {
    const past = await insertJob(pipeline.pool, { run_at: new Date(Date.now() - 1000) });
    const future = await insertJob(pipeline.pool, { run_at: new Date(Date.now() + 60_000) });
    const counts = await signals.runOnce();
    expect(counts.due).toBe(1);
    expect(counts.nextDueMs).toBeGreaterThan(30_000);
    expect(await readJob(pipeline.pool, past)).toMatchObject({ status: 'queued', run_at: null });
    expect((await readJob(pipeline.pool, future)).run_at).not.toBeNull();
  });

  test('goes by of one row that its table refuses: the others are let go all the same', async () => {
    const { pool } = pipeline;
    const past = new Date(Date.now() - 1000);
    const refused = await insertJob(pool, { run_at: past, customer: 'secret' });
    const free = [await insertJob(pool, { run_at: past }), await insertJob(pool, { run_at: past })];
    await pool.query(
      `ALTER TABLE jobs ADD CONSTRAINT app CHECK (run_at IS NOT NULL OR customer IS DISTINCT FROM 'secret')`,
    );
    expect(await signals.runOnce()).toMatchObject({ due: 2, nextDueMs: undefined });
    for (const id of free) expect(await readJob(pool, id)).toMatchObject({ run_at: null });
    expect((await readJob(pool, refused)).run_at).not.toBeNull();
  });

  test('that never comes by itself leaves the row to whoever sets another', async () => {
    const id = await insertJob(pipeline.pool);
    await pipeline.pool.query(`UPDATE jobs SET run_at = 'infinity' WHERE id = $1`, [id]);
    expect(await signals.runOnce()).toMatchObject({ due: 0, nextDueMs: undefined });
  });
});

test('a failed job that is reset after its cause is mended takes its row along to its new end', async () => {
  const { gateway, pool } = pipeline;
  const mended = gateway.answer;
  gateway.answer = answerStatus(400);
  const id = await insertJob(pool);
  await pipeline.startWorker();
  await pipeline.starter().runOnce();
  const failed = await pipeline.untilStatus(id, 'failed');
  gateway.answer = mended;
  const runId = await pipeline.reset(id);
  const complete = await pipeline.untilStatus(id, 'complete');
  expect(complete).toMatchObject({ run_id: runId, error_code: null });
  expect(complete.run_id).not.toBe(failed.run_id);
  const { rows } = await pool.query('SELECT from_status, to_status FROM switchyard.job_events ORDER BY id');
  expect(rows.map((event) => `${event.from_status} → ${event.to_status}`)).toEqual([
    'null → queued',
    'queued → processing',
    'processing → failed',
    'failed → processing',
    'processing → complete',
  ]);
});

test('a start carries its customer as the fairness key, shortened where it is too long', async () => {
  const { client, queue } = pipeline;
  const job = { id: randomUUID(), run_id: null, priority: 0, label: null, request_id: null };
  await startWorkflow(client, queue, { ...job, share: 'ü'.repeat(100) });
  const { raw } = await client.workflow.getHandle(job.id).describe();
  expect(raw.workflowExecutionInfo?.priority?.fairnessKey).toMatch(/^[0-9a-f]{64}$/);
  await client.workflow.getHandle(job.id).terminate();
});
