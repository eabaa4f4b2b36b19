import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readJob } from '../../../src/operations/job-detail.ts';
import { inTransaction } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { Mirror } from '../../../src/starter/watch/mirror.ts';
import { silentLogger } from '../../support/logger.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
let mirror: Mirror;
beforeAll(async () => {
  yard = await openWatchedYard();
  await yard.pool.query(`
    CREATE TYPE public.job_state AS ENUM ('queued', 'processing', 'complete', 'failed', 'canceled');
    CREATE TABLE public.orders (
      id bigint PRIMARY KEY, state public.job_state, "the run" varchar(60), result jsonb, said text, ended timestamptz,
      doubled text GENERATED ALWAYS AS (said || said) STORED)`);
  queue = await yard.createQueue('orders', 'echo', {
    id_type: 'bigint',
    source: 'public.orders',
    source_id: 'id',
    mirror: {
      status: 'state',
      run_id: 'the run',
      result: 'result',
      error_message: 'said',
      completed_at: 'ended',
    },
  });
});
afterAll(() => yard.close());
beforeEach(async () => {
  await yard.pool.query(`TRUNCATE public.orders, ${queue.table}`);
  mirror = new Mirror({ pool: yard.pool, queue, log: silentLogger });
});

const insert = async (...ids: string[]) => {
  for (const id of ids) {
    await yard.pool.query('INSERT INTO public.orders (id) VALUES ($1)', [id]);
    await yard.insertJob(queue, { id });
  }
};
const move = (id: string, fields: string) =>
  yard.pool.query(`UPDATE ${queue.table} SET ${fields} WHERE id = $1`, [id]);
const order = async (id: string) =>
  (await yard.pool.query('SELECT * FROM public.orders WHERE id = $1', [id])).rows[0];
const isDue = async (id: string) => (await yard.readJob(queue, id))['mirror_due'];

test('shows in the types of the application how a job goes', async () => {
  await insert('1');
  await mirror.runOnce();
  expect(await order('1')).toMatchObject({ state: 'queued', 'the run': null, result: null });
  await move('1', "status = 'processing', run_id = 'r'");
  await move('1', `status = 'complete', completed_at = now(), result = '{"a": [1.50]}'`);
  await mirror.runOnce();
  expect(await order('1')).toMatchObject({
    state: 'complete',
    'the run': 'r',
    result: { a: [1.5] },
    ended: expect.any(Date),
  });
  await move('1', "status = 'queued'");
  await move('1', "status = 'failed', error_code = 'X', error_message = 'no'");
  await mirror.runOnce();
  expect(await order('1')).toMatchObject({
    state: 'failed',
    result: null,
    said: 'no',
    doubled: 'nono',
    ended: null,
  });
  expect(await isDue('1')).toBe(false);
  expect((await readJob(yard.pool, queue.name, '1')).ledger.mirrored).toMatch(/^20.*Z$/);
  await move('1', "status = 'queued'");
  expect((await readJob(yard.pool, queue.name, '1')).ledger.mirrored).toBe(null);
});

test('a row that the application holds keeps no other, and is written when it is let go', async () => {
  await insert('1', '2', '3');
  await inTransaction(yard.pool, async (tx) => {
    await tx.query('SELECT FROM public.orders WHERE id = 2 FOR UPDATE');
    expect(await mirror.runOnce()).toEqual(expect.any(Number));
  });
  expect([(await order('1')).state, (await order('2')).state, (await order('3')).state]).toEqual([
    'queued',
    null,
    'queued',
  ]);
  expect(await mirror.runOnce()).toBeUndefined();
  expect((await order('2')).state).toBe('queued');
});

test('a job that a claim holds is left, and the row of the application with it', async () => {
  await insert('1', '2');
  await inTransaction(yard.pool, async (tx) => {
    await tx.query(`SELECT FROM ${queue.table} WHERE id = 1 FOR UPDATE`);
    await mirror.runOnce();
    await yard.pool.query('SELECT FROM public.orders WHERE id = 1 FOR UPDATE NOWAIT');
  });
  expect([(await order('1')).state, (await order('2')).state]).toEqual([null, 'queued']);
  await mirror.runOnce();
  expect((await order('1')).state).toBe('queued');
});

test('a row that refuses is noted once, tried again later, and keeps no other', async () => {
  await yard.pool.query('ALTER TABLE public.orders ADD CONSTRAINT no_two CHECK (id <> 2 OR state IS NULL)');
  await insert('1', '2', '3');
  await mirror.runOnce();
  await mirror.runOnce();
  expect([(await order('1')).state, (await order('2')).state, (await order('3')).state]).toEqual([
    'queued',
    null,
    'queued',
  ]);
  expect(await isDue('2')).toBe(true);
  const { rows } = await yard.pool.query(
    "SELECT detail FROM switchyard.job_events WHERE job_id = '2' AND code = 'ROW_REFUSED' AND queue = 'orders'",
  );
  expect(rows).toEqual([{ detail: expect.stringContaining('no_two') }]);
  await yard.pool.query('ALTER TABLE public.orders DROP CONSTRAINT no_two');
  await new Mirror({ pool: yard.pool, queue, log: silentLogger }).runOnce();
  expect((await order('2')).state).toBe('queued');
});

test('a job whose row of the application is gone is no longer due', async () => {
  await insert('1');
  await yard.pool.query('DELETE FROM public.orders');
  expect(await mirror.runOnce()).toBeUndefined();
  expect(await isDue('1')).toBe(false);
});

test('writes more rows than one page has', async () => {
  await yard.pool.query('INSERT INTO public.orders (id) SELECT generate_series(1, 250)');
  await yard.pool.query(
    `INSERT INTO ${queue.table} (id, workflow_id) SELECT n, 'w' FROM generate_series(1, 250) AS n`,
  );
  await mirror.runOnce();
  const { rows } = await yard.pool.query(
    'SELECT state, count(*)::integer AS orders FROM public.orders GROUP BY state',
  );
  expect(rows).toEqual([{ state: 'queued', orders: 250 }]);
});

test('a wait ends when rows change', async () => {
  const signal = new AbortController().signal;
  const waiting = mirror.wait(600_000, signal);
  mirror.soon();
  await waiting;
  await mirror.wait(600_000, signal);
});
