import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { createPool, inTransaction, type Pool, quoteName } from '../../src/platform/database.ts';
import { isDatabaseTrouble } from '../../src/platform/database-errors.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
const connect = (idleInTransactionMs?: number) =>
  createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 3,
    onError: () => undefined,
    ...(idleInTransactionMs !== undefined && { idleInTransactionMs }),
  });
beforeAll(async () => {
  database = await createLettersDatabase();
  pool = connect();
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('a transaction', () => {
  test('that falls silent loses its locks: a frozen host holds no row for long', async () => {
    const id = await insertLetter(pool);
    const frozen = connect(100);
    let told: unknown;
    await inTransaction(frozen, async (tx) => {
      await tx.query('SELECT FROM letters WHERE id = $1 FOR UPDATE', [id]);
      // Waits for the row lock, which only the server can take from the silent one.
      await pool.query('UPDATE letters SET priority = 7 WHERE id = $1', [id]);
      await tx.query('SELECT 1');
    }).catch((error: unknown) => {
      told = error;
    });
    expect(isDatabaseTrouble(told)).toBe(true);
    expect(await readLetter(pool, id)).toMatchObject({ priority: 7 });
    await frozen.end();
  });

  test('that throws leaves nothing, and its connection goes on', async () => {
    const before = await pool.query('SELECT count(*) FROM letters');
    const work = inTransaction(pool, async (tx) => {
      await tx.query("INSERT INTO letters (enclosure) VALUES ('x')");
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect((await pool.query('SELECT count(*) FROM letters')).rows).toEqual(before.rows);
  });

  test('whose connection dies fails, and the pool opens a new one', async () => {
    const work = inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await tx.query('SELECT 1');
    });
    await expect(work).rejects.toThrow();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

test('a database that vanished with a statement on its way is given up, once, and its connection with it', async () => {
  const url = new URL(database.url);
  const link = await TcpProxy.start(Number(url.port));
  url.port = String(link.port);
  const far = createPool({
    connectionString: url.href,
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
    statementTimeoutMs: 4_000,
  });
  let told: unknown;
  const began = performance.now();
  await inTransaction(far, async (tx) => {
    link.disturb('stall');
    await tx.query('SELECT 1');
  }).catch((error: unknown) => {
    told = error;
  });
  expect(isDatabaseTrouble(told)).toBe(true);
  expect(performance.now() - began).toBeLessThan(7_900); // a ROLLBACK would take as long again
  link.heal();
  expect((await far.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await far.end();
  await link.close();
});

describe('an error of the database', () => {
  test.each([
    ['a constraint', 'INSERT INTO letters (enclosure, attempt) VALUES (1, -1)', false],
    ['a server that shuts down', "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P01'; END $$", true],
  ])('from %s', async (_, statement, transient) => {
    const error = await pool.query(statement).then(
      () => expect.fail('it was taken'),
      (e: unknown) => e,
    );
    expect(isDatabaseTrouble(error)).toBe(transient);
  });

  test('is told apart from a mistake of the program, which another try would only repeat', async () => {
    const work = inTransaction(pool, async () => (undefined as unknown as string).length);
    const error = await work.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(isDatabaseTrouble(error)).toBe(false);
  });
});

test('names are quoted, whatever is in them', () => {
  expect(quoteName('a.b"; DROP TABLE letters; --')).toBe('"a"."b""; DROP TABLE letters; --"');
});
