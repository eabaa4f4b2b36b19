import { expect, test } from 'vitest';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let db: Tables;
shareTables((tables) => {
  db = tables;
});
const idsOf = async (queue: string) =>
  (await db.run(`SELECT workflow_id FROM switchyard_jobs.${queue} ORDER BY id::text`)).map(
    ({ workflow_id }) => workflow_id,
  );

test('a prefix stands before the workflow ids of new jobs, whatever makes them; jobs that are there keep theirs', async () => {
  await db.run(`SELECT switchyard.create_queue('early', workflow => 'w', task_queue => 't')`);
  const before = '00000000-0000-0000-0000-000000000000';
  await db.run(`SELECT switchyard.enqueue('early', id => '${before}')`);
  await db.run(`SELECT switchyard.set_workflow_id_prefix('acme/')`);
  await db.run(
    `SELECT switchyard.enqueue('early', id => '10000000-0000-0000-0000-000000000000', workflow_id => 'mine')`,
  );
  await db.run(
    `SELECT switchyard.enqueue('early', id => '20000000-0000-0000-0000-000000000000', workflow_id => 'acme/mine too')`,
  );
  await db.run(
    `SELECT switchyard.enqueue_many('early', jobs => '[{"id": "30000000-0000-0000-0000-000000000000"}]'::jsonb)`,
  );
  expect(await idsOf('early')).toEqual([
    `early:${before}`,
    'acme/mine',
    'acme/mine too',
    'acme/early:30000000-0000-0000-0000-000000000000',
  ]);

  await db.run('CREATE TABLE orders (id integer PRIMARY KEY)');
  await db.addQueue('orders', 'orders');
  await db.run('INSERT INTO orders VALUES (1)');
  expect(await idsOf('orders')).toEqual(['acme/orders:1']);
  await db.run(`UPDATE switchyard_jobs.early SET priority = 1`);
  expect((await idsOf('early'))[0]).toBe(`early:${before}`);

  await db.run(`SELECT switchyard.set_workflow_id_prefix('')`);
  await db.run('INSERT INTO orders VALUES (2)');
  expect(await idsOf('orders')).toEqual(['acme/orders:1', 'orders:2']);
});

test('a prefix that is none is refused', async () => {
  expect(await db.refusal(`SELECT switchyard.set_workflow_id_prefix($1)`, ['a\nb'])).toMatchObject({
    code: '22023',
    hint: expect.stringContaining('up to 100 bytes'),
  });
});
