import { beforeEach, expect, test } from 'vitest';
import { shareTables, type Table, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

let orders: Table;
beforeEach(async () => {
  orders = await tables.attach('id bigint PRIMARY KEY, n integer', `, input => $$to_jsonb(10 / NEW.n)$$`);
});
const failed = 'EXPRESSION_FAILED: the expression of input failed on this row with SQLSTATE 22012';

test('a table that gets another name and schema stays the queue of its rows, those that fail too', async () => {
  await tables.run(`INSERT INTO ${orders.name} VALUES (1, 1)`);
  await tables.run(`DELETE FROM switchyard_jobs."${orders.name}"`);
  const schema = tables.newName();
  await tables.run(
    `ALTER TABLE ${orders.name} RENAME TO renamed; CREATE SCHEMA ${schema}; ALTER TABLE renamed SET SCHEMA ${schema}`,
  );
  await tables.run(`INSERT INTO ${schema}.renamed VALUES (2, 2), (3, 0)`);
  expect(await orders.jobs()).toEqual([
    { id: '2', input: 5, input_problem: null },
    { id: '3', input: null, input_problem: failed },
  ]);
  await tables.run(`UPDATE ${schema}.renamed SET n = 10`);
  await tables.run(
    `UPDATE switchyard_jobs."${orders.name}" SET status = 'failed', error_code = 'X' WHERE id = 3`,
  );
  await tables.run(`SELECT switchyard.retry('${orders.name}', 3)`);
  expect(await tables.run(`CALL switchyard.enqueue_existing('${orders.name}')`)).toEqual([{ enqueued: '1' }]);
  expect(await orders.jobs('id, input')).toEqual([
    { id: '1', input: 1 },
    { id: '2', input: 5 },
    { id: '3', input: 1 },
  ]);
});

test('a column of the id that gets another name is told to writers, and alter_queue takes it', async () => {
  await tables.run(`INSERT INTO ${orders.name} VALUES (1, 1)`);
  await tables.run(`ALTER TABLE ${orders.name} RENAME id TO number`);
  const refusal = {
    code: '42703',
    message: `public.${orders.name} has no column "id" any more, by which its rows are jobs of the queue "${orders.name}"`,
    hint: `If it has got another name: SELECT switchyard.alter_queue('${orders.name}', '{"id": "…"}'). Else remove the queue: SELECT switchyard.drop_queue('${orders.name}').`,
  };
  expect(await tables.refusal(`INSERT INTO ${orders.name} VALUES (2, 1)`)).toEqual(refusal);
  expect(await tables.refusal(`DELETE FROM ${orders.name}`)).toEqual(refusal);
  await tables.run(`SELECT switchyard.alter_queue('${orders.name}', '{"id": "number"}')`);
  await tables.run(`INSERT INTO ${orders.name} VALUES (2, 1)`);
  await tables.run(`DELETE FROM ${orders.name} WHERE number = 1`);
  expect(await orders.jobs('id, status')).toEqual([
    { id: '1', status: 'canceled' },
    { id: '2', status: 'queued' },
  ]);
});

test('alter_queue takes no id of another type', async () => {
  await tables.run(`ALTER TABLE ${orders.name} ADD slug text NOT NULL UNIQUE`);
  expect(
    await tables.refusal(`SELECT switchyard.alter_queue('${orders.name}', '{"id": "slug"}')`),
  ).toMatchObject({
    code: '42804',
    message: `the ids of the jobs of the queue "${orders.name}" are of type bigint, and the column slug makes ids of type text`,
  });
});

test('an integer id may become a bigint', async () => {
  const sales = await tables.attach('id integer PRIMARY KEY');
  await tables.run(`ALTER TABLE ${sales.name} ALTER id TYPE bigint`);
  await tables.run(`INSERT INTO ${sales.name} VALUES (3000000000)`);
  expect(await sales.jobs('id')).toEqual([{ id: '3000000000' }]);
});

test('a table that was dropped and made again is not taken for the one of the queue', async () => {
  await tables.run(`DROP TABLE ${orders.name}`);
  await tables.run(`CREATE TABLE ${orders.name} (id bigint PRIMARY KEY, n integer)`);
  const refusal = {
    code: '42P01',
    message: `the table of the queue "${orders.name}" was dropped`,
    hint: `Its jobs stay. Remove the queue with SELECT switchyard.drop_queue('${orders.name}'), and add it again for the table that there is now.`,
  };
  for (const call of [
    `CALL switchyard.enqueue_existing('${orders.name}')`,
    `SELECT switchyard.enqueue('${orders.name}')`,
    `SELECT switchyard.alter_queue('${orders.name}', '{"workflow": "other"}')`,
  ])
    expect(await tables.refusal(call)).toEqual(refusal);
});

test('enqueue_existing refuses where row-level security hides rows from the owner', async () => {
  await tables.run(`ALTER TABLE ${orders.name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
  expect(await tables.refusal(`CALL switchyard.enqueue_existing('${orders.name}')`)).toMatchObject({
    code: '42501',
    message: `query would be affected by row-level security policy for table "${orders.name}"`,
  });
});
