import { expect, test } from 'vitest';
import { inTransaction } from '../../../src/platform/database.ts';
import { shareTables, type Table, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

/** A table with so many rows from before its queue. */
async function attachWith(rows: number, options = '', idType = 'bigint'): Promise<Table> {
  const name = await tables.create(`id ${idType} PRIMARY KEY, n integer`);
  await tables.run(
    `INSERT INTO ${name} SELECT i${idType === 'uuid' ? `::text::uuid` : `::${idType}`}, i FROM generate_series(1, ${rows}) AS i`,
  );
  await tables.addQueue(name, name, options);
  return tables.table(name);
}
const enqueue = async (orders: Table, condition: string | null = null, batch = 100) =>
  Number(
    (await tables.run(`CALL switchyard.enqueue_existing($1, $2, $3)`, [orders.name, condition, batch]))[0]?.[
      'enqueued'
    ],
  );
const counts = async (orders: Table) =>
  (
    await tables.run(
      `SELECT count(*)::integer AS jobs, count(input_problem)::integer AS failed FROM switchyard_jobs."${orders.name}"`,
    )
  )[0];

test('makes jobs of the rows that are there, once each', async () => {
  const orders = await attachWith(1050);
  expect(await counts(orders)).toEqual({ jobs: 0, failed: 0 });
  await tables.run(`INSERT INTO ${orders.name} VALUES (2000)`);
  expect(await enqueue(orders)).toBe(1050);
  expect(await counts(orders)).toEqual({ jobs: 1051, failed: 0 });
  expect(await enqueue(orders, null, 5000)).toBe(0);
});

test.each([`n % 2 = 0`, `NEW.n % 2 = 0 -- even`])(
  'makes jobs of those with a condition: %s',
  async (condition) => {
    const orders = await attachWith(200, `, start_when => 'n > 100'`);
    expect(await enqueue(orders, condition, 30)).toBe(50);
    expect(await enqueue(orders, null, 7)).toBe(50);
  },
);

test.each(['text', 'smallint', 'varchar(9)'])('walks by an id of type %s', async (idType) => {
  const orders = await attachWith(130, '', idType);
  expect(await enqueue(orders, null, 20)).toBe(130);
});

test('makes failed jobs of rows whose expressions fail', async () => {
  const name = await tables.create('id bigint PRIMARY KEY, n integer');
  await tables.addQueue(name, name, `, input => $$jsonb_build_object('x', 10 / n, 'like', '%s' LIKE '%')$$`);
  await tables.run(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
  await tables.run(`INSERT INTO ${name} SELECT i, i % 10 FROM generate_series(1, 100) AS i`);
  const orders = tables.table(name);
  expect(await enqueue(orders, null, 15)).toBe(100);
  expect(await counts(orders)).toEqual({ jobs: 100, failed: 10 });
});

test('commits each batch, so that an error keeps what was done', async () => {
  const orders = await attachWith(100);
  expect(
    await tables.refusal(`CALL switchyard.enqueue_existing($1, '1 / (50 - n) IS NOT NULL', 20)`, [
      orders.name,
    ]),
  ).toMatchObject({
    code: '22012',
  });
  expect(await counts(orders)).toEqual({ jobs: 40, failed: 0 });
});

test('no job outlives a row that is deleted meanwhile', async () => {
  const orders = await attachWith(3);
  await inTransaction(tables.pool, async (client) => {
    await client.query(`DELETE FROM ${orders.name} WHERE id = 2`);
    const enqueueing = enqueue(orders);
    await tables.untilBlocked();
    await client.query('COMMIT');
    expect(await enqueueing).toBe(2);
  });
});

test.each([
  [`'emails'`, '42704', 'there is no queue "emails"'],
  [`'letters'`, '42809', 'the queue "letters" has no table whose rows are its jobs'],
  [`$1, batch => 0`, '22023', 'a batch of 0 rows'],
  [`$1, batch => NULL`, '22023', 'a batch of NULL rows'],
  [`$1, 'nothing > 5'`, '42703', 'column "nothing" does not exist'],
])('refuses %s', async (given, code, message) => {
  const orders = await attachWith(1);
  const values = given.startsWith('$1') ? [orders.name] : [];
  expect(await tables.refusal(`CALL switchyard.enqueue_existing(${given})`, values)).toMatchObject({
    code,
    message,
  });
});

test('cannot be called in a transaction that it does not begin', async () => {
  const orders = await attachWith(1);
  const calling = inTransaction(tables.pool, (client) =>
    client.query(`CALL switchyard.enqueue_existing('${orders.name}')`),
  );
  await expect(calling).rejects.toMatchObject({ code: '2D000' });
});
