import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { Doorbell, silenceBells } from '../../src/starter/doorbell.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { inFlight, insertLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
let doorbell: Doorbell;
const never = new AbortController().signal;
const long = 3_600_000;
beforeEach(async () => {
  database = await createLettersDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 5,
    onError: () => undefined,
  });
  doorbell = new Doorbell({ connectionString: database.url, applicationName: 'bell', log: silentLogger });
  doorbell.open();
  await until(() => doorbell.arm('letters', false)); // answers only when it listens
});
afterEach(async () => {
  doorbell.close();
  await until(async () => !(await listening()));
  await pool.end();
  await database.drop();
});

const bells = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bell'`;
async function listening(): Promise<boolean> {
  const { rows } = await pool.query(`SELECT query ${bells} AND query LIKE 'LISTEN%'`);
  return rows.length > 0;
}
const armed = async () => (await pool.query('SELECT armed FROM switchyard.doorbells')).rows[0]?.armed;

describe('a new row', () => {
  test('wakes the starter that armed the bell', async () => {
    await doorbell.arm('letters', true);
    const rang = doorbell.wait('letters', 'claims', long, never);
    await insertLetter(pool);
    expect(await rang).toBe(true);
  });

  test('rings for nobody while the bell is not armed', async () => {
    await doorbell.arm('letters', true);
    await doorbell.arm('letters', false);
    await insertLetter(pool);
    await doorbell.arm('letters', true);
    const rang = doorbell.wait('letters', 'claims', 100, never);
    expect(await rang).toBe(false);
  });

  test('of a transaction that is rolled back does not ring', async () => {
    await doorbell.arm('letters', true);
    await pool.query(`BEGIN; INSERT INTO letters (enclosure) VALUES ('a'); ROLLBACK`);
    expect(await doorbell.wait('letters', 'claims', 100, never)).toBe(false);
  });

  test('that rang before the wait began counts', async () => {
    await doorbell.arm('letters', true);
    await insertLetter(pool);
    // The connection that hears the ring answers this only after it.
    await doorbell.arm('letters', true);
    expect(await doorbell.wait('letters', 'claims', long, never)).toBe(true);
  });
});

test('a row that is put back to queued rings, other updates do not', async () => {
  const id = await insertLetter(pool, { status: 'canceled' });
  await doorbell.arm('letters', true);
  await pool.query('UPDATE letters SET priority = 3 WHERE id = $1', [id]);
  expect(await doorbell.wait('letters', 'claims', 100, never)).toBe(false);
  const rang = doorbell.wait('letters', 'claims', long, never);
  await pool.query("UPDATE letters SET status = 'queued' WHERE id = $1", [id]);
  expect(await rang).toBe(true);
});

test('a connection that is lost comes back by itself, and everybody looks once', async () => {
  const rang = doorbell.wait('letters', 'claims', long, never);
  await pool.query(`SELECT pg_terminate_backend(pid) ${bells}`);
  expect(await rang).toBe(true);
  await doorbell.arm('letters', true);
  expect(await armed()).toBe(true);
});

test('a connection that no longer answers is given up and replaced', async () => {
  const url = new URL(database.url);
  const link = await TcpProxy.start(Number(url.port));
  url.port = String(link.port);
  const far = new Doorbell({ connectionString: url.href, applicationName: 'far', log: silentLogger });
  far.open();
  await until(() => far.arm('letters', false));
  link.disturb('stall');
  expect(await far.arm('letters', true)).toBeUndefined();
  expect(far.connected).toBe(false);
  link.heal();
  await until(() => far.arm('letters', true));
  far.close();
  await link.close();
});

test('a wait ends when the starter is told to stop', async () => {
  const stop = new AbortController();
  const rang = doorbell.wait('letters', 'claims', long, stop.signal);
  stop.abort();
  expect(await rang).toBe(false);
});

describe('a transaction that is prepared for two-phase commit', () => {
  /** Each thing that rings, of which some need a row. */
  const ringing = [
    ['inserts a row', "INSERT INTO letters (enclosure) VALUES ('b')"],
    [
      'inserts a delayed row',
      "INSERT INTO letters (enclosure, run_at) VALUES ('b', now() + interval '1 hour')",
    ],
    ['cancels a running job', "UPDATE letters SET cancel_requested_at = now() WHERE status = 'processing'"],
    ['pauses the queue', "SELECT switchyard.pause_queue('letters', 'why')"],
    ['sets a limit', "INSERT INTO switchyard.limits (queue, in_flight) VALUES ('letters', 3)"],
  ] as const;
  let prepared = 0;
  const prepare = async (...statements: string[]) => {
    const client = await pool.connect();
    prepared += 1;
    const name = `'${new URL(database.url).pathname.slice(1)} ${prepared}'`;
    try {
      await client.query('BEGIN');
      for (const statement of statements) await client.query(statement);
      await client.query(`PREPARE TRANSACTION ${name}`);
      await client.query(`COMMIT PREPARED ${name}`);
    } finally {
      client.release();
    }
  };
  beforeEach(async () => {
    await insertLetter(pool, inFlight);
    await doorbell.arm('letters', true);
    await doorbell.attend('letters');
  });

  test.each(ringing)('and %s is refused by Postgres while a doorbell hears', async (_, statement) => {
    await expect(prepare(statement)).rejects.toThrow('NOTIFY');
  });

  test.each(ringing)('and %s is taken when it keeps quiet', async (_, statement) => {
    await prepare('SET LOCAL switchyard.doorbell = off', statement);
  });

  test.each(ringing)('and %s is taken once a starter without a doorbell runs', async (_, statement) => {
    await silenceBells(pool, ['letters']);
    await prepare(statement);
  });
});
