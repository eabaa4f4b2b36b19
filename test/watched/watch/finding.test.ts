import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { watchStatements } from '../../../src/sql/watch.ts';
import { JobKeys } from '../../../src/starter/watch/job-key.ts';
import type { WatchedRow } from '../../../src/starter/watch/row.ts';
import { Settle } from '../../../src/starter/watch/settle.ts';
import { silentLogger } from '../../support/logger.ts';
import { until } from '../../support/until.ts';
import { openWatch, restartJob, startJob } from '../../support/watched/watching.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
let opened: ReturnType<typeof openWatch>;
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('gates', 'waitAtGate');
});
afterAll(() => yard.close());
beforeEach(async () => {
  await yard.pool.query(`TRUNCATE ${queue.table}, switchyard.watches`);
  opened = openWatch(yard, queue, { mostFollowed: 0 });
});
afterEach(() => opened.close());

const start = (options = {}) => startJob(yard, queue, {}, options);
const read = (id: string) => yard.readJob(queue, id);

/** Takes a step of the watch until the job has this state. */
const untilStatus = (id: string, status: string, step: () => Promise<unknown>) =>
  until(async () => {
    await step();
    const job = await read(id);
    return job['status'] === status && job;
  });

test('visibility alone finds ends, and goes on from there after a restart', async () => {
  const [one, open] = [await start(), await start()];
  await one.handle.terminate();
  await opened.watch.holdOnce();
  await untilStatus(one.id, 'failed', () => opened.watch.closedOnce());
  expect((await read(open.id))['status']).toBe('processing');
  const { rows } = await yard.pool.query('SELECT closed_since FROM switchyard.watches');
  expect(rows[0].closed_since.getTime()).toBeGreaterThan(Date.now() - 60_000);

  await open.handle.terminate();
  await opened.watch.letGo();
  const another = openWatch(yard, queue, { mostFollowed: 0 });
  expect(await another.watch.holdOnce()).toBe(true);
  expect(await opened.watch.holdOnce()).toBe(false);
  await untilStatus(open.id, 'failed', () => another.watch.closedOnce());
  await another.close();
});

test('the sweep alone finds ends', async () => {
  const jobs = [await start(), await start(), await start()];
  await jobs[1]?.handle.terminate();
  await opened.watch.holdOnce();
  expect(await opened.watch.sweepOnce()).toBe(false);
  expect(await Promise.all(jobs.map(async ({ id }) => (await read(id))['status']))).toEqual([
    'processing',
    'failed',
    'processing',
  ]);
});

test('a workflow that Temporal no longer has fails its job', async () => {
  const { id } = await start();
  await yard.pool.query(`UPDATE ${queue.table} SET workflow_id = 'gone', run_id = $2 WHERE id = $1`, [
    id,
    randomUUID(),
  ]);
  await opened.watch.holdOnce();
  await opened.watch.sweepOnce();
  expect(await read(id)).toMatchObject({ status: 'failed', error_code: 'WORKFLOW_GONE' });
});

test('a workflow that Temporal has not for a moment leaves its job in flight', async () => {
  const { id } = await start();
  await yard.pool.query(`UPDATE ${queue.table} SET workflow_id = 'gone', run_id = $2 WHERE id = $1`, [
    id,
    randomUUID(),
  ]);
  const patient = openWatch(yard, queue, { goneMs: 60_000 });
  await patient.watch.sweepOnce();
  await patient.watch.sweepOnce();
  await patient.close();
  expect(await read(id)).toMatchObject({ status: 'processing' });
});

test('a namespace that is not there fails no job', async () => {
  const { id } = await start();
  const { client } = yard;
  const elsewhere = new Proxy(client, {
    get: (target, name) =>
      name === 'options' ? { ...target.options, namespace: 'nowhere' } : Reflect.get(target, name),
  });
  const lost = openWatch({ ...yard, client: elsewhere }, queue);
  await lost.watch.sweepOnce().catch(() => undefined);
  await lost.close();
  expect(await read(id)).toMatchObject({ status: 'processing' });
});

test('a foreign workflow under the id does not hide how ours ended', async () => {
  const { id, handle, workflowId } = await start();
  await handle.terminate('ours');
  const foreign = await yard.client.workflow.start('waitAtGate', { workflowId, taskQueue: queue.taskQueue });
  await opened.watch.sweepOnce();
  expect(await read(id)).toMatchObject({
    status: 'failed',
    error_message: 'the workflow was terminated: ours',
  });
  await foreign.terminate();
});

test('the end of an attempt that comes after a retry changes nothing', async () => {
  const { id, handle, runId } = await start();
  await handle.terminate();
  const { pool, client } = yard;
  const keys = new JobKeys(client, queue);
  const settle = new Settle({ pool, client, queue, keys, workerId: 'frozen', log: silentLogger });
  const [frozen] = (await pool.query<WatchedRow>(watchStatements(queue).rows, [[id]])).rows;
  await yard.pool.query(`UPDATE ${queue.table} SET status = 'failed', error_code = 'X' WHERE id = $1`, [id]);
  await yard.pool.query(`UPDATE ${queue.table} SET status = 'queued' WHERE id = $1`, [id]);
  const second = await restartJob(yard, queue, id, {}, { attempt: 2 });
  expect(frozen && (await settle.settle(frozen, 'poll'))).toEqual({ kind: 'left' });
  expect(await read(id)).toMatchObject({ status: 'processing', run_id: second.runId, attempt: 2 });
  expect(second.runId).not.toBe(runId);
  await second.handle.terminate();
});

test('an end that was seen before a reset brought the job back is not written after that', async () => {
  const { id, handle, runId } = await start();
  await handle.terminate();
  const { pool, client } = yard;
  const keys = new JobKeys(client, queue);
  const settle = new Settle({ pool, client, queue, keys, workerId: 'frozen', log: silentLogger });
  const statements = watchStatements(queue);
  const [frozen] = (await pool.query<WatchedRow>(statements.rows, [[id]])).rows;
  await pool.query(`UPDATE ${queue.table} SET status = 'failed', error_code = 'X' WHERE id = $1`, [id]);
  await pool.query(statements.revive, [id, runId, null, 'other', null]);
  expect(frozen && (await settle.settle(frozen, 'poll'))).toEqual({ kind: 'left' });
  expect(await read(id)).toMatchObject({ status: 'processing', run_id: runId });
});

test('a row that does not take its end is noted once, and keeps no other', async () => {
  await yard.pool.query(
    `ALTER TABLE ${queue.table} ADD CONSTRAINT never CHECK (workflow_id <> 'stuck' OR status <> 'failed')`,
  );
  const [stuck, other] = [await start({ workflowId: 'stuck' }), await start()];
  await stuck.handle.terminate();
  await other.handle.terminate();
  await opened.watch.sweepOnce();
  await opened.watch.sweepOnce();
  await yard.pool.query(`ALTER TABLE ${queue.table} DROP CONSTRAINT never`);
  expect([(await read(stuck.id))['status'], (await read(other.id))['status']]).toEqual([
    'processing',
    'failed',
  ]);
  const { rows } = await yard.pool.query(
    "SELECT detail FROM switchyard.job_events WHERE job_id = $1 AND code = 'ROW_REFUSED'",
    [stuck.id],
  );
  expect(rows).toEqual([{ detail: expect.stringContaining('never') }]);
});
