import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPool, inTransaction, type Pool } from '../../src/platform/database.ts';
import { createLettersDatabase } from '../support/letters/database.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
/** Of one connection. */
let preparing: Pool;
let pool: Pool;
const open = (prepares: boolean) =>
  createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 1,
    prepares,
    onError: () => undefined,
  });
beforeEach(async () => {
  database = await createLettersDatabase();
  [preparing, pool] = [open(true), open(false)];
});
afterEach(async () => {
  await Promise.all([preparing.end(), pool.end()]);
  await database.drop();
});

const preparedOn = async (on: Pool): Promise<string[]> => {
  const { rows } = await on.query<{ statement: string }>(
    'SELECT statement FROM pg_prepared_statements ORDER BY 1',
  );
  return rows.map(({ statement }) => statement);
};

test('a statement is prepared when its connection sends it again, and one without parameters never', async () => {
  const text = 'SELECT $1::integer + 1 AS next';
  expect((await preparing.query(text, [1])).rows).toEqual([{ next: 2 }]);
  expect(await preparedOn(preparing)).toEqual([]);
  for (const value of [2, 3])
    expect((await preparing.query(text, [value])).rows).toEqual([{ next: value + 1 }]);
  await preparing.query('SELECT 1');
  await preparing.query('SELECT 1');
  expect(await preparedOn(preparing)).toEqual([text]);
});

test('what reads all columns is not prepared: an application may add one', async () => {
  const text = 'SELECT *, status AS word FROM letters WHERE id = $1';
  const id = crypto.randomUUID();
  for (const _ of [1, 2, 3]) await preparing.query(text, [id]);
  await pool.query('ALTER TABLE letters ADD COLUMN more text');
  await preparing.query(text, [id]);
  expect(await preparedOn(preparing)).toEqual([]);
});

test('a connection holds a hundred prepared statements at most', async () => {
  for (let i = 0; i < 120; i += 1)
    for (const _ of [1, 2]) await preparing.query(`SELECT $1::integer + ${i}`, [1]);
  expect(await preparedOn(preparing)).toHaveLength(100);
});

test('a transaction whose prepared statement no longer fits its table fails once, and the next one goes on', async () => {
  const read = () =>
    inTransaction(preparing, (tx) =>
      tx.query('SELECT title FROM letters WHERE id = $1', [crypto.randomUUID()]),
    );
  for (const _ of [1, 2, 3]) await read();
  await pool.query('ALTER TABLE letters ALTER COLUMN title TYPE varchar(99)');
  await expect(read()).rejects.toThrow('cached plan must not change result type');
  for (const _ of [1, 2, 3]) await read();
});
