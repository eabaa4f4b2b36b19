import { expect, test } from 'vitest';
import { reconcilerRepairs } from '../../src/platform/metrics.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { insertJob, readJob, until } from '../support/jobs.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';
import { createRules, eventsOf } from '../support/reconciler.ts';

let pipeline: Pipeline;
eachTestHasPipeline((opened) => {
  pipeline = opened;
});

/** A job in flight whose workflow waits for a worker, and is found by Temporal's search. */
async function startJob(): Promise<string> {
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await untilFound(id);
  return id;
}

const untilFound = (id: string) =>
  until(async () => {
    const found = pipeline.client.workflow.list({
      query: `WorkflowId = '${id}' AND ExecutionStatus = 'Running'`,
    });
    for await (const _ of found) return true;
    return false;
  });

async function stateOf(id: string) {
  const { status, raw } = await pipeline.workflow(id).describe();
  return { status: status.name, cancelRequested: raw.workflowExtendedInfo?.cancelRequested };
}

test('a workflow whose row is gone is asked to cancel, and terminated at the next pass', async () => {
  const id = await startJob();
  await pipeline.pool.query('DELETE FROM jobs WHERE id = $1', [id]);
  reconcilerRepairs.reset();
  await createRules(pipeline).workflows();
  expect(await stateOf(id)).toEqual({ status: 'RUNNING', cancelRequested: true });
  await createRules(pipeline).workflows();
  expect(await stateOf(id)).toMatchObject({ status: 'TERMINATED' });
  const { values } = await reconcilerRepairs.get();
  expect(values).toMatchObject([
    { labels: { queue: 'invoices', rule: 'workflow_canceled' }, value: 1 },
    { labels: { queue: 'invoices', rule: 'workflow_terminated' }, value: 1 },
  ]);
  expect((await eventsOf(pipeline.pool, id)).slice(-2)).toMatchObject([
    { actor: 'reconciler', code: 'RECONCILED', detail: 'the row is gone: its workflow was asked to cancel' },
    { actor: 'reconciler', code: 'RECONCILED', detail: 'the row is gone: its workflow was terminated' },
  ]);
});

test('a workflow whose row is only hidden is left alone, and the pass fails', async () => {
  const id = await startJob();
  await pipeline.pool.query(
    'ALTER TABLE jobs ENABLE ROW LEVEL SECURITY; ALTER TABLE jobs FORCE ROW LEVEL SECURITY',
  );
  await expect(createRules(pipeline).workflows()).rejects.toThrow(/row-level security of public\.jobs/);
  expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', cancelRequested: false });
});

test.each([
  ['', `status = 'canceled', canceled_at = now() - interval '1 second'`],
  [' by hand, with no time of its end,', `status = 'canceled'`],
])('a workflow whose row has ended%s is asked to cancel; the row stays as it is', async (_, end) => {
  const id = await startJob();
  await pipeline.pool.query(
    `UPDATE jobs SET ${end}, leased_by = NULL, lease_expires_at = NULL WHERE id = $1`,
    [id],
  );
  const before = await readJob(pipeline.pool, id);
  await createRules(pipeline).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: true });
  expect(await readJob(pipeline.pool, id)).toEqual(before);
});

test('a workflow whose row is in flight under another run is asked to cancel', async () => {
  const id = await startJob();
  await pipeline.pool.query(`UPDATE jobs SET run_id = 'another' WHERE id = $1`, [id]);
  await createRules(pipeline).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: true });
});

test('a workflow at work for its row, or for one that waits, is left alone', async () => {
  const working = await startJob();
  const waiting = await startJob();
  await pipeline.pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [waiting]);
  await createRules(pipeline).workflows();
  for (const id of [working, waiting]) expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
});

test('a reset that waits to begin is left alone, though its row has ended', async () => {
  const worker = await pipeline.startWorker({ SHUTDOWN_GRACE_TIME: '0' });
  const held = answerLater(answerXml('<invoice/>'));
  pipeline.gateway.answer = held.answer;
  const id = await startJob();
  await held.called;
  await worker.stop();
  held.release();
  await pipeline.reset(id);
  await pipeline.pool.query(
    `UPDATE jobs SET status = 'failed', error_code = 'GW_5XX', failed_at = now() - interval '1 hour',
            leased_by = NULL, lease_expires_at = NULL WHERE id = $1`,
    [id],
  );
  await untilFound(id);
  await createRules(pipeline).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
  pipeline.gateway.answer = answerXml('<invoice/>');
  await pipeline.startWorker();
  await pipeline.untilStatus(id, 'complete');
});

test('a row that a claim holds is left for the next pass', async () => {
  const id = await startJob();
  await pipeline.pool.query(`UPDATE jobs SET run_id = 'another' WHERE id = $1`, [id]);
  const claimer = await pipeline.pool.connect();
  await claimer.query('BEGIN');
  await claimer.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [id]);
  await createRules(pipeline).workflows();
  await claimer.query('ROLLBACK');
  claimer.release();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
});

test('workflows of others are not touched: another task queue, another type, another id', async () => {
  const { client, queue } = pipeline;
  const id = await startJob();
  const { typedSearchAttributes } = await pipeline.workflow(id).describe();
  const start = (workflowId: string, options: { taskQueue?: string; type?: string }) =>
    client.workflow.start(options.type ?? queue.workflowType, {
      workflowId,
      taskQueue: options.taskQueue ?? queue.taskQueue,
      typedSearchAttributes,
    });
  const others = [
    await start(`${id.slice(0, 8)}-0000-4000-8000-000000000001`, { taskQueue: `${queue.taskQueue}-other` }),
    await start(`${id.slice(0, 8)}-0000-4000-8000-000000000002`, { type: 'somethingElse' }),
    await start(`order-${id}`, {}),
  ];
  for (const { workflowId } of others) await untilFound(workflowId);
  await createRules(pipeline).workflows();
  for (const { workflowId } of others) {
    expect(await stateOf(workflowId)).toEqual({ status: 'RUNNING', cancelRequested: false });
  }
});

test('young workflows and rows that ended a moment ago are left alone', async () => {
  const id = await startJob();
  await pipeline.pool.query('DELETE FROM jobs WHERE id = $1', [id]);
  await createRules(pipeline, { settledMs: 60_000 }).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
});
