import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../src/starter/signals.ts';
import { startWorkflow } from '../../src/starter/start-workflow.ts';
import { answerLater, answerStatus, answerXml } from '../support/gateway.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';

let office: Office;
let signals: Signals;
eachTestHasOffice((opened) => {
  office = opened;
  const { pool, client, queue } = office;
  signals = new Signals({ pool, client, queue, log: silentLogger });
});

async function cancelRequestedOf(id: string) {
  const { runId, raw } = await office.workflow(id).describe();
  return { runId, cancelRequested: raw.workflowExtendedInfo?.cancelRequested };
}

describe('cancel_requested_at', () => {
  test('ends a queued row at once', async () => {
    const id = await insertLetter(office.pool);
    await office.pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
    const row = await readLetter(office.pool, id);
    expect(row.status).toBe('canceled');
    expect(row.canceled_at).toBeInstanceOf(Date);
  });

  test('of a running job asks Temporal once in a while, not at each pass', async () => {
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    await office.pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
    expect(await signals.runOnce()).toMatchObject({ canceling: 0 });
    const { raw } = await office.workflow(id).describe();
    expect(raw.workflowExtendedInfo?.cancelRequested).toBe(true);
    await office.workflow(id).terminate();
  });

  test('undone by a ROLLBACK is as if it had never been', async () => {
    const id = await insertLetter(office.pool);
    await office.pool.query('BEGIN; UPDATE letters SET cancel_requested_at = now(); ROLLBACK');
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'queued', cancel_requested_at: null });
  });

  test('leaves a job that has ended as it is', async () => {
    const id = await insertLetter(office.pool);
    await office.startWorker();
    await office.starter().runOnce();
    await office.untilStatus(id, 'complete');
    await office.pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'complete' });
  });

  test('is gone when the row is set back to queued', async () => {
    const id = await insertLetter(office.pool);
    await office.pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
    await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
    expect(await readLetter(office.pool, id)).toMatchObject({
      status: 'queued',
      cancel_requested_at: null,
      canceled_at: null,
    });
  });

  test('reaches a reset of the run that the row names', async () => {
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    const worker = await office.startWorker({ shutdownGraceMs: 0 });
    const held = answerLater(answerXml('<receipt/>'));
    office.carrier.answer = held.answer;
    await held.called;
    await worker.stop();
    held.release();
    const runId = await office.reset(id);
    await office.pool.query('UPDATE letters SET cancel_requested_at = now()');
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
    expect(await cancelRequestedOf(id)).toEqual({ runId, cancelRequested: true });
  });

  test('leaves a later run alone that it was not asked of', async () => {
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    const { run_id } = await readLetter(office.pool, id);
    await office.workflow(id).terminate();
    const { queue } = office;
    const { firstExecutionRunId: runId } = await office.client.workflow.start(queue.workflowType, {
      workflowId: id,
      taskQueue: queue.taskQueue,
    });
    expect(runId).not.toBe(run_id);
    await office.pool.query('UPDATE letters SET cancel_requested_at = now()');
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
    expect(await cancelRequestedOf(id)).toEqual({ runId, cancelRequested: false });
  });

  test('of a job whose workflow is gone is reported, not thrown', async () => {
    const { pool } = office;
    await insertLetter(pool, { status: 'processing', run_id: randomUUID(), started_at: new Date() });
    await pool.query('UPDATE letters SET cancel_requested_at = now()');
    expect(await signals.runOnce()).toMatchObject({ canceling: 1 });
  });
});

describe('run_at', () => {
  test('lets a row go when its time has come, and says when the next one is due', async () => {
    const past = await insertLetter(office.pool, { run_at: new Date(Date.now() - 1000) });
    const future = await insertLetter(office.pool, { run_at: new Date(Date.now() + 60_000) });
    const counts = await signals.runOnce();
    expect(counts.due).toBe(1);
    expect(counts.nextDueMs).toBeGreaterThan(30_000);
    expect(await readLetter(office.pool, past)).toMatchObject({ status: 'queued', run_at: null });
    expect((await readLetter(office.pool, future)).run_at).not.toBeNull();
  });

  test('goes by of one row that its table refuses: the others are let go all the same', async () => {
    const { pool } = office;
    const past = new Date(Date.now() - 1000);
    const refused = await insertLetter(pool, { run_at: past, customer: 'secret' });
    const free = [await insertLetter(pool, { run_at: past }), await insertLetter(pool, { run_at: past })];
    await pool.query(
      `ALTER TABLE letters ADD CONSTRAINT app CHECK (run_at IS NOT NULL OR customer IS DISTINCT FROM 'secret')`,
    );
    expect(await signals.runOnce()).toMatchObject({ due: 2, nextDueMs: undefined });
    for (const id of free) expect(await readLetter(pool, id)).toMatchObject({ run_at: null });
    expect((await readLetter(pool, refused)).run_at).not.toBeNull();
  });

  test('that never comes by itself leaves the row to whoever sets another', async () => {
    const id = await insertLetter(office.pool);
    await office.pool.query(`UPDATE letters SET run_at = 'infinity' WHERE id = $1`, [id]);
    expect(await signals.runOnce()).toMatchObject({ due: 0, nextDueMs: undefined });
  });
});

test('a failed job that is reset after its cause is mended takes its row along to its new end', async () => {
  const { carrier, pool } = office;
  const mended = carrier.answer;
  carrier.answer = answerStatus(400);
  const id = await insertLetter(pool);
  await office.startWorker();
  await office.starter().runOnce();
  const failed = await office.untilStatus(id, 'failed');
  carrier.answer = mended;
  const runId = await office.reset(id);
  const complete = await office.untilStatus(id, 'complete');
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
  const { client, queue } = office;
  const job = { id: randomUUID(), run_id: null, priority: 0, label: null, request_id: null };
  await startWorkflow(client, queue, { ...job, share: 'ü'.repeat(100) });
  const { raw } = await client.workflow.getHandle(job.id).describe();
  expect(raw.workflowExecutionInfo?.priority?.fairnessKey).toMatch(/^[0-9a-f]{64}$/);
  await client.workflow.getHandle(job.id).terminate();
});

test('a start says what its job is, however long its name is in bytes', async () => {
  const { client, queue } = office;
  const job = { id: randomUUID(), run_id: null, priority: 0, label: '請'.repeat(300), request_id: null };
  await startWorkflow(client, queue, { ...job, share: null });
  const { staticSummary } = await client.workflow.getHandle(job.id).describe();
  expect(await staticSummary()).toBe(`${'請'.repeat(79)}…`);
  await client.workflow.getHandle(job.id).terminate();
});
