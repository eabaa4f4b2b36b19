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

test('is written with the rights alone that add_queue grants on a table of another owner', async () => {
  await owner.query('CREATE TABLE public.orders (id bigint PRIMARY KEY, secret text, shown text)');
  await owner.query(
    `SELECT switchyard.add_queue('orders', 'public.orders', workflow => 'echo', task_queue => 'none', mirror => '{"status": "shown"}')`,
  );
  await owner.query('INSERT INTO public.orders (id) VALUES (1)');
  await expect(yard.pool.query('SELECT secret FROM public.orders')).rejects.toThrow('permission denied');
  const { rows } = await yard.pool.query<WatchedQueueRow>(watchedQueues);
  const [queue] = rows.map((row) => watchedQueue(row, { claimBatch: 10 }));
  if (queue === undefined) throw new Error('the registry has no queue');
  await yard.pool.query(`UPDATE ${queue.table} SET status = 'processing', run_id = 'r', attempt = 1`);
  await new Mirror({ pool: yard.pool, queue, log: silentLogger }).runOnce();
  expect((await owner.query('SELECT shown FROM public.orders')).rows).toEqual([{ shown: 'processing' }]);
});
