import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, inTransaction, type Pool } from '../../src/platform/database.ts';
import {
  describeTrouble,
  sentenceOf,
  serializeError,
  subjectOf,
} from '../../src/platform/database-errors.ts';
import { postgresCheck } from '../../src/platform/health-checks.ts';
import { administer } from '../support/database.ts';
import { createLettersDatabase } from '../support/letters/database.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let name: string;
let pool: Pool;
/** A role without any rights, to be shut out. */
const role = `test_outage_${randomBytes(4).toString('hex')}`;

const open = (connectionString: string) =>
  createPool({ connectionString, applicationName: 'test', max: 1, onError: () => undefined });
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('it was taken'),
    (error: unknown) => error,
  );

beforeAll(async () => {
  database = await createLettersDatabase();
  name = new URL(database.url).pathname.slice(1);
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 3,
    onError: () => undefined,
  });
  await administer(`CREATE ROLE ${role} LOGIN`);
  await pool.query(`
    CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
    CREATE TABLE things (
      id integer PRIMARY KEY, short varchar(3), share percent, kind public.letter_status, at date, wide text, note text NOT NULL DEFAULT '',
      CONSTRAINT things_short_is_not_bad CHECK (short <> 'bad'));
    CREATE INDEX ON things (wide);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.note = 'recursive' THEN UPDATE things SET note = NEW.note; END IF;
      IF NEW.note = 'two rows' THEN NEW.id := (SELECT * FROM generate_series(1, 2)); END IF;
      IF NEW.note <> '' THEN RAISE EXCEPTION 'the period is closed' USING ERRCODE = NEW.note; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON things FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE VIEW small_things AS SELECT id FROM things WHERE id < 10 WITH CHECK OPTION;
    INSERT INTO things (id) VALUES (1)`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await administer(`DROP ROLE ${role}`);
});

describe('an error', () => {
  test.each([
    ['a text that is too long', "INSERT INTO things (id, short) VALUES (2, 'long')"],
    ['a number that is none', "INSERT INTO things (id) VALUES ('x')"],
    ['a number that is too large', "INSERT INTO things (id) VALUES ('99999999999')"],
    ['a day that is none', "INSERT INTO things (id, at) VALUES (2, '2026-02-31')"],
    ['a word that the enum has not', "INSERT INTO things (id, kind) VALUES (2, 'x')"],
    ['a check', "INSERT INTO things (id, short) VALUES (2, 'bad')"],
    ['the check of a domain', 'INSERT INTO things (id, share) VALUES (2, 101)'],
    ['a unique index', 'INSERT INTO things (id) VALUES (1)'],
    ['a missing value', 'INSERT INTO things (id, note) VALUES (2, NULL)'],
    ['the check option of a view', 'INSERT INTO small_things (id) VALUES (11)'],
    [
      'a value that fits in no index',
      `INSERT INTO things (id, wide) SELECT 2, string_agg(md5(n::text), '') FROM generate_series(1, 9000) AS n`,
    ],
    ['a trigger', "INSERT INTO things (id, note) VALUES (2, 'P0001')"],
    ['a trigger with a code of its own', "INSERT INTO things (id, note) VALUES (2, 'CLOSD')"],
    ['a trigger that calls itself', "INSERT INTO things (id, note) VALUES (2, 'recursive')"],
    ['a trigger that finds two rows', "INSERT INTO things (id, note) VALUES (2, 'two rows')"],
  ])('of %s is about the row', async (_, statement) => {
    expect(subjectOf(await errorOf(pool.query(statement)))).toBe('row');
  });

  test.each([
    ['a right', `SET LOCAL ROLE ${role}; UPDATE things SET id = 1`],
    ['a table', 'SELECT * FROM nothing'],
    ['a column', 'SELECT nothing FROM things'],
    ['a schema', 'CREATE TABLE nothing.nothing ()'],
    ['a function', 'SELECT nothing()'],
  ])('of %s that is missing is about the statement', async (_, statement) => {
    expect(subjectOf(await errorOf(pool.query(statement)))).toBe('statement');
  });

  test('that a function raises as an internal one is about the statement, as functions in C raise all theirs so', async () => {
    const statement = "INSERT INTO things (id, note) VALUES (2, 'XX000')";
    expect(subjectOf(await errorOf(pool.query(statement)))).toBe('statement');
  });

  test.each([
    ['a database that is read-only', 'BEGIN READ ONLY; UPDATE things SET id = 1', /read-only.*25006/],
    [
      'a statement timeout',
      'BEGIN; SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)',
      /statement_timeout/,
    ],
    ['a server that shuts down', 'SELECT pg_terminate_backend(pg_backend_pid())', /shutting down/],
    ['a disk that is full', "DO $$ BEGIN RAISE 'x' USING ERRCODE = '53100'; END $$", /disk/],
    ['a race', "DO $$ BEGIN RAISE 'x' USING ERRCODE = '40P01'; END $$", /race/],
    [
      'damaged data',
      "DO $$ BEGIN RAISE 'x' USING ERRCODE = 'XX001'; END $$",
      /cannot run the statement \(SQLSTATE XX001/,
    ],
  ])('of %s is about the database', async (_, statement, words) => {
    const error = await errorOf(pool.query(statement));
    expect(subjectOf(error)).toBe('database');
    expect(describeTrouble(error)).toMatch(words);
  });

  test.each([
    [
      'a role that may not log in',
      [`ALTER ROLE ${role} NOLOGIN`],
      [`ALTER ROLE ${role} LOGIN`],
      /refuses the login/,
    ],
    [
      'a role whose connections are used up',
      [`ALTER ROLE ${role} CONNECTION LIMIT 0`],
      [`ALTER ROLE ${role} CONNECTION LIMIT -1`],
      /no connection left/,
    ],
    [
      'a right to connect that was revoked',
      ['REVOKE CONNECT ON DATABASE $ FROM PUBLIC'],
      ['GRANT CONNECT ON DATABASE $ TO PUBLIC'],
      /right/,
    ],
  ])('of %s is about the database', async (_, shutOut, letIn, words) => {
    const url = new URL(database.url);
    url.username = role;
    const away = open(url.href);
    await administer(...shutOut.map((statement) => statement.replace('$', name)));
    const error = await errorOf(away.query('SELECT 1'));
    await administer(...letIn.map((statement) => statement.replace('$', name)));
    expect(subjectOf(error)).toBe('database');
    expect(describeTrouble(error)).toMatch(words);
    expect((await away.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await away.end();
  });

  test.each([
    ['a database that is not there', () => database.url.replace(name, 'nothing'), /does not exist/],
    [
      'a server that is not there',
      () => 'postgres://nobody@127.0.0.1:1/nothing',
      /cannot be reached \(ECONNREFUSED\)/,
    ],
    ['a name that is not found', () => 'postgres://nobody@nothing.invalid/nothing', /cannot be reached \(E/],
    ['a server without TLS', () => `${database.url}?sslmode=verify-full`, /cannot be reached/],
  ])('of %s is about the database', async (_, url, words) => {
    const away = open(url());
    const error = await errorOf(away.query('SELECT 1'));
    expect(subjectOf(error)).toBe('database');
    expect(describeTrouble(error)).toMatch(words);
    await away.end();
  });
});

test('the sentence for the row names the rule and its SQLSTATE, and holds no value', async () => {
  const sentence = async (statement: string) => {
    const error = await errorOf(pool.query(statement));
    return error instanceof pg.DatabaseError ? sentenceOf(error) : error;
  };
  expect(await sentence("INSERT INTO things (id, note) VALUES (2, 'P0001')")).toBe(
    'the period is closed (SQLSTATE P0001)',
  );
  expect(await sentence("INSERT INTO things (id, short) VALUES (2, 'secret')")).toBe(
    'value too long for type character varying(3) (SQLSTATE 22001)',
  );
  expect(await sentence("INSERT INTO things (id, short) VALUES (2, 'bad')")).toBe(
    'new row for relation "things" violates check constraint "things_short_is_not_bad" (SQLSTATE 23514)',
  );
  expect(await sentence("INSERT INTO things (id) VALUES ('secret')")).toBe(
    'invalid input syntax for type integer: "…" (SQLSTATE 22P02)',
  );
});

test('the log has neither the values that an error quotes nor those of its DETAIL', async () => {
  for (const statement of [
    "INSERT INTO things (id, short, note) VALUES (1, 'bad', '')",
    "INSERT INTO things (id, short, wide) VALUES (2, 'bad', 'secret')",
    "INSERT INTO things (id, at) VALUES (2, 'secret')",
  ]) {
    const error = await errorOf(pool.query(statement));
    const logged = serializeError(error);
    expect(logged).toMatchObject({
      type: 'DatabaseError',
      code: expect.any(String),
      stack: expect.any(String),
    });
    expect(JSON.stringify(logged)).not.toMatch(/secret|Failing row|Key \(/);
  }
});

test('what a library logs in place of an error stays whole in the log', () => {
  expect(serializeError('connection refused')).toEqual({ message: 'connection refused' });
  expect(serializeError(undefined)).toEqual({ message: 'undefined' });
  expect(serializeError(new TypeError('x'))).toMatchObject({ type: 'TypeError', message: 'x' });
});

describe('a connection to a server that takes no writes', () => {
  const readOnly = (value: 'on' | 'off') =>
    administer(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
  let old: Pool;
  beforeAll(async () => {
    await readOnly('on');
    old = open(database.url);
    await old.query('SELECT 1'); // its session keeps what held when it began
    await readOnly('off');
  });
  afterAll(() => old.end());
  const write = () => inTransaction(old, (tx) => tx.query("UPDATE things SET wide = 'x'"));

  test('is given up when it refuses a write, so that the next one may lead to another server', async () => {
    expect(await errorOf(write())).toMatchObject({ code: '25006' });
    expect(await write()).toMatchObject({ rowCount: 1 });
  });

  test('is not ready, and the health check gives it up', async () => {
    await readOnly('on');
    const look = open(database.url);
    const { check } = postgresCheck(look);
    await expect(check()).rejects.toThrow('the database is read-only');
    await readOnly('off');
    await expect(check()).resolves.toBeUndefined();
    await look.end();
  });
});
