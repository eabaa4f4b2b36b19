import { expect, test } from 'vitest';
import { reconcilerRepairs } from '../../src/platform/metrics.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { createRules, eventsOf } from '../support/reconciler.ts';
import { until } from '../support/until.ts';

let office: Office;
eachTestHasOffice((opened) => {
  office = opened;
});

/** A job in flight whose workflow waits for a worker, and is found by Temporal's search. */
async function startJob(): Promise<string> {
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await untilFound(id);
  return id;
}

const untilFound = (id: string) =>
  until(async () => {
    const found = office.client.workflow.list({
      query: `WorkflowId = '${id}' AND ExecutionStatus = 'Running'`,
    });
    for await (const _ of found) return true;
    return false;
  });

async function stateOf(id: string) {
  const { status, raw } = await office.workflow(id).describe();
  return { status: status.name, cancelRequested: raw.workflowExtendedInfo?.cancelRequested };
}

test('a workflow whose row is gone is asked to cancel, and terminated at the next pass', async () => {
  const id = await startJob();
  await office.pool.query('DELETE FROM letters WHERE id = $1', [id]);
  reconcilerRepairs.reset();
  await createRules(office).workflows();
  expect(await stateOf(id)).toEqual({ status: 'RUNNING', cancelRequested: true });
  await createRules(office).workflows();
  expect(await stateOf(id)).toMatchObject({ status: 'TERMINATED' });
  const { values } = await reconcilerRepairs.get();
  expect(values).toMatchObject([
    { labels: { queue: 'letters', rule: 'workflow_canceled' }, value: 1 },
    { labels: { queue: 'letters', rule: 'workflow_terminated' }, value: 1 },
  ]);
  expect((await eventsOf(office.pool, id)).slice(-2)).toMatchObject([
    { actor: 'reconciler', code: 'RECONCILED', detail: 'the row is gone: its workflow was asked to cancel' },
    { actor: 'reconciler', code: 'RECONCILED', detail: 'the row is gone: its workflow was terminated' },
  ]);
});

test('a workflow whose row is only hidden is left alone, and the pass fails', async () => {
  const id = await startJob();
  await office.pool.query(
    'ALTER TABLE letters ENABLE ROW LEVEL SECURITY; ALTER TABLE letters FORCE ROW LEVEL SECURITY',
  );
  await expect(createRules(office).workflows()).rejects.toThrow(/row-level security of public\.letters/);
  expect(await stateOf(id)).toMatchObject({ status: 'RUNNING', cancelRequested: false });
});

test.each([
  ['', `status = 'canceled', canceled_at = now() - interval '1 second'`],
  [' by hand, with no time of its end,', `status = 'canceled'`],
])('a workflow whose row has ended%s is asked to cancel; the row stays as it is', async (_, end) => {
  const id = await startJob();
  await office.pool.query(`UPDATE letters SET ${end}, started_by = NULL, deadline = NULL WHERE id = $1`, [
    id,
  ]);
  const before = await readLetter(office.pool, id);
  await createRules(office).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: true });
  expect(await readLetter(office.pool, id)).toEqual(before);
});

test('a workflow whose row is in flight under another run is asked to cancel', async () => {
  const id = await startJob();
  await office.pool.query(`UPDATE letters SET run_id = 'another' WHERE id = $1`, [id]);
  await createRules(office).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: true });
});

test('a workflow at work for its row, or for one that waits, is left alone', async () => {
  const working = await startJob();
  const waiting = await startJob();
  await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [waiting]);
  await createRules(office).workflows();
  for (const id of [working, waiting]) expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
});

test('a reset that waits to begin is left alone, though its row has ended', async () => {
  const worker = await office.startWorker({ shutdownGraceMs: 0 });
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  const id = await startJob();
  await held.called;
  await worker.stop();
  held.release();
  await office.reset(id);
  await office.pool.query(
    `UPDATE letters SET status = 'failed', error_code = 'CARRIER_AWAY', failed_at = now() - interval '1 hour',
            started_by = NULL, deadline = NULL WHERE id = $1`,
    [id],
  );
  await untilFound(id);
  await createRules(office).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
  office.carrier.answer = answerXml('<receipt/>');
  await office.startWorker();
  await office.untilStatus(id, 'complete');
});

test('a row that a claim holds is left for the next pass', async () => {
  const id = await startJob();
  await office.pool.query(`UPDATE letters SET run_id = 'another' WHERE id = $1`, [id]);
  const claimer = await office.pool.connect();
  await claimer.query('BEGIN');
  await claimer.query('SELECT FROM letters WHERE id = $1 FOR UPDATE', [id]);
  await createRules(office).workflows();
  await claimer.query('ROLLBACK');
  claimer.release();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
});

test('workflows of others are not touched: another task queue, another type, another id', async () => {
  const { client, queue } = office;
  const id = await startJob();
  const { typedSearchAttributes } = await office.workflow(id).describe();
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
  await createRules(office).workflows();
  for (const { workflowId } of others) {
    expect(await stateOf(workflowId)).toEqual({ status: 'RUNNING', cancelRequested: false });
  }
});

test('young workflows and rows that ended a moment ago are left alone', async () => {
  const id = await startJob();
  await office.pool.query('DELETE FROM letters WHERE id = $1', [id]);
  await createRules(office, { settledMs: 60_000 }).workflows();
  expect(await stateOf(id)).toMatchObject({ cancelRequested: false });
});
