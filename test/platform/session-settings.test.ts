import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPool, exactTime, inTransaction, type Pool } from '../../src/platform/database.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import { jobStatements } from '../../src/sql/job.ts';
import { reconcileStatements } from '../../src/sql/reconciler.ts';
import { ClaimMemory, claimJobs } from '../../src/starter/claim.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { administer } from '../support/database.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { insertLetter } from '../support/letters/rows.ts';

/** What a role or a database may set, as far from the default as it goes. */
const odd = {
  IntervalStyle: 'sql_standard',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  array_nulls: 'off',
  quote_all_identifiers: 'on',
  default_transaction_isolation: 'repeatable read',
  standard_conforming_strings: 'off',
  backslash_quote: 'off',
};
const expected = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  default_transaction_isolation: 'read committed',
  standard_conforming_strings: 'on',
};
const dateStyles = ['SQL, DMY', 'SQL, MDY', 'German', 'Postgres, DMY', 'ISO, YMD'];

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
const openPool = () =>
  createPool({ connectionString: database.url, applicationName: 'test', max: 3, onError: () => undefined });
beforeEach(async () => {
  database = await createLettersDatabase();
  pool = openPool();
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** From outside: a session of the database itself may be too short for it. */
async function set(settings: Record<string, string>): Promise<void> {
  const name = new URL(database.url).pathname.slice(1);
  await administer(
    ...Object.entries(settings).map(
      ([setting, value]) =>
        `ALTER DATABASE ${name} SET ${setting} = ${setting === 'DateStyle' ? value : `'${value}'`}`,
    ),
  );
  await pool.end();
  pool = openPool();
}

const claim = (memory: ClaimMemory) => {
  const queue = lettersQueue({ maxInFlight: 3 });
  return claimJobs({
    pool,
    queue,
    statements: { ...jobStatements(queue), ...claimStatements(queue) },
    startedBy: 'test',
    passOver: [],
    memory,
    start: async () => ({ kind: 'started', runId: randomUUID() }),
  });
};

describe.each([...dateStyles, 'ISO, MDY'])(
  'a database whose DateStyle is %s, and other settings odd',
  (style) => {
    beforeEach(() => set({ ...odd, DateStyle: style, TimeZone: 'Asia/Kathmandu' }));

    test('keeps the limit in flight, and reads times and pages right', async () => {
      await verifyQueue(pool, lettersQueue());
      for (let i = 0; i < 9; i += 1) await insertLetter(pool);
      const memory = new ClaimMemory();
      for (let i = 0; i < 3; i += 1) await claim(memory);
      const { rows } = await pool.query(`SELECT started_at FROM letters WHERE status = 'processing'`);
      expect(rows).toHaveLength(3);
      expect(rows[0].started_at).toBeInstanceOf(Date);

      const { owned } = reconcileStatements(lettersQueue());
      const ids = new Set<string>();
      let place: [string, string | null] = ['-infinity', null];
      for (;;) {
        const page: { id: string; started_at: string }[] = (await pool.query(owned, [...place, 1])).rows;
        const [row] = page;
        if (row === undefined) break;
        expect(ids.has(row.id)).toBe(false);
        ids.add(row.id);
        place = [row.started_at, row.id];
      }
      expect(ids.size).toBe(3);
    });

    test('has each setting as our statements expect it', async () => {
      const { rows } = await pool.query('SELECT name, setting FROM pg_settings WHERE name = ANY ($1)', [
        Object.keys(expected),
      ]);
      expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(expected);
    });

    test('sees what others did while it waited, and numbers to their last digit', async () => {
      const { rows } = await inTransaction(pool, (tx) => tx.query('SHOW transaction_isolation'));
      expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
      expect((await pool.query('SELECT 0.1::double precision + 0.2::double precision AS sum')).rows).toEqual([
        { sum: 0.30000000000000004 },
      ]);
    });
  },
);

test('a statement may take its time, whatever the database allows others', async () => {
  await set({
    lock_timeout: '1s',
    statement_timeout: '1s',
    idle_session_timeout: '1s',
    idle_in_transaction_session_timeout: '1s',
  });
  const { rows } = await inTransaction(pool, async (tx) => {
    await new Promise((done) => setTimeout(done, 1_200)); // the time itself is what is tested
    return tx.query('SELECT pg_sleep(1.2) IS NOT NULL AS slept');
  });
  expect(rows).toEqual([{ slept: true }]);
});

test('a session that the server ends between two statements fails the next one, and not the process', async () => {
  const client = await pool.connect();
  const ended = new Promise((done) => void client.once('end', done));
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await ended;
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release();
  await pool.query('SELECT 1');
});

test('no timeout that the database has for others is that of our sessions', async () => {
  const ours: Record<string, string> = {
    lock_timeout: '0',
    statement_timeout: '0',
    idle_session_timeout: '0',
    idle_in_transaction_session_timeout: '15000',
    transaction_timeout: '0',
  };
  const read = `SELECT name, setting FROM pg_settings WHERE name = ANY ($1)`;
  const { rows: known } = await pool.query<{ name: string }>(read, [Object.keys(ours)]); // not every version has each
  expect(known.length).toBeGreaterThanOrEqual(4);
  await set(Object.fromEntries(known.map(({ name }) => [name, '7s'])));
  const { rows } = await pool.query<{ name: string; setting: string }>(read, [Object.keys(ours)]);
  for (const { name, setting } of rows) expect([name, setting]).toEqual([name, ours[name]]);
});

describe('a time as our statements pass it on', () => {
  const times = [
    '2026-03-04T05:06:07.123456Z',
    'infinity',
    '-infinity',
    '0044-03-15T00:00:00Z BC',
    '29000-01-02T03:04:05Z',
  ];

  test.each(dateStyles)('is the same again in a session of DateStyle %s', async (style) => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`SET DateStyle = ${style}`);
    for (const time of times) {
      await client.query(`SET TimeZone = 'America/New_York'`);
      const { rows } = await client.query(`SELECT ${exactTime('$1::timestamptz')} AS time`, [time]);
      await client.query(`SET TimeZone = 'Asia/Kathmandu'`);
      const same = await client.query('SELECT $1::timestamptz = $2::timestamptz AS same', [
        rows[0].time,
        time,
      ]);
      expect({ time, ...same.rows[0] }).toEqual({ time, same: true });
    }
    await client.end();
  });
});
