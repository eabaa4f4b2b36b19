import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type WatchedQueueRow, watchedQueue } from '../../../src/queues/watched.ts';
import { watchedQueues } from '../../../src/sql/registry.ts';
import { Mirror } from '../../../src/starter/watch/mirror.ts';
import { asAdministrator } from '../../support/database.ts';
import { silentLogger } from '../../support/logger.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let owner: pg.Client;
beforeAll(async () => {
  yard = await openWatchedYard();
  owner = new pg.Client({ connectionString: asAdministrator(yard.databaseUrl) });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await yard.close();
});

async function registered(name: string) {
  const { rows } = await yard.pool.query<WatchedQueueRow>(watchedQueues);
  const [queue] = rows.filter((row) => row.name === name).map((row) => watchedQueue(row, { claimBatch: 10 }));
  if (queue === undefined) throw new Error(`the registry has no queue ${name}`);
  return queue;
}

test('is written with the rights alone that add_queue grants on a table of another owner', async () => {
  await owner.query('CREATE TABLE public.orders (id bigint PRIMARY KEY, secret text, shown text)');
  await owner.query(
    `SELECT switchyard.add_queue('orders', 'public.orders', workflow => 'echo', task_queue => 'none', mirror => '{"status": "shown"}')`,
  );
  await owner.query('INSERT INTO public.orders (id) VALUES (1)');
  await expect(yard.pool.query('SELECT secret FROM public.orders')).rejects.toThrow('permission denied');
  const queue = await registered('orders');
  await yard.pool.query(`UPDATE ${queue.table} SET status = 'processing', run_id = 'r', attempt = 1`);
  await new Mirror({ pool: yard.pool, queue, log: silentLogger }).runOnce();
  expect((await owner.query('SELECT shown FROM public.orders')).rows).toEqual([{ shown: 'processing' }]);
});

test('a row that row-level security hides is not taken for gone: that is said, and it is written once a policy lets it', async () => {
  const said: string[] = [];
  owner.on('notice', ({ message }) => said.push(String(message)));
  await owner.query(
    'CREATE TABLE public.sales (id bigint PRIMARY KEY, shown text); ALTER TABLE public.sales ENABLE ROW LEVEL SECURITY',
  );
  await owner.query(
    `SELECT switchyard.add_queue('sales', 'public.sales', workflow => 'echo', task_queue => 'none', mirror => '{"status": "shown"}')`,
  );
  expect(said).toContainEqual(expect.stringContaining('row-level security of public.sales hides its rows'));
  await owner.query('INSERT INTO public.sales (id) VALUES (1)');
  const queue = await registered('sales');
  await new Mirror({ pool: yard.pool, queue, log: silentLogger }).runOnce();
  const { rows } = await yard.pool.query(
    `SELECT detail FROM switchyard.job_events WHERE queue = 'sales' AND code = 'ROW_REFUSED'`,
  );
  expect(rows).toEqual([
    { detail: expect.stringContaining('row-level security hides rows of the table from role') },
  ]);
  await owner.query('CREATE POLICY switchyard ON public.sales USING (true) WITH CHECK (true)');
  await new Mirror({ pool: yard.pool, queue, log: silentLogger }).runOnce();
  expect((await owner.query('SELECT shown FROM public.sales')).rows).toEqual([{ shown: 'queued' }]);
});
