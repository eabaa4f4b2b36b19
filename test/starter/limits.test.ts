import { describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { ClaimMemory } from '../../src/starter/claim.ts';
import { type Partition, shareOut } from '../../src/starter/key-turns.ts';
import { claimOnce } from '../support/claims.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { insertLetter } from '../support/letters/rows.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

const claim = (queue: QueueDefinition = lettersQueue(), memory = new ClaimMemory()) =>
  claimOnce(pool, queue, { memory });

const insertMany = (count: number, customer: string | null) =>
  pool.query(`INSERT INTO letters (enclosure, customer) SELECT 'a.txt', $2 FROM generate_series(1, $1)`, [
    count,
    customer,
  ]);

async function inFlightByCustomer(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ customer: string | null; jobs: number }>(
    `SELECT customer, count(*)::int AS jobs FROM letters WHERE status = 'processing' GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ customer, jobs }) => [customer ?? '', jobs]));
}

/** Ends what is in flight, and answers whose it was. */
async function endJobs(): Promise<Record<string, number>> {
  const ended = await inFlightByCustomer();
  await pool.query(
    `UPDATE letters SET status = 'canceled', started_by = NULL, deadline = NULL WHERE status = 'processing'`,
  );
  return ended;
}

describe('fair shares', () => {
  test('one row of a customer does not wait behind ten thousand of another', async () => {
    await insertMany(10_000, 'large');
    await insertMany(1, 'small');
    await claim();
    expect(await inFlightByCustomer()).toMatchObject({ small: 1 });
  });

  test('give the next place to whoever has the least in flight', async () => {
    await insertMany(50, 'a');
    await claim();
    await insertMany(50, 'b');
    await claim();
    await claim();
    expect(await inFlightByCustomer()).toEqual({ a: 15, b: 15 });
  });

  test('continue after the last customer when there are more than one claim looks at', async () => {
    await pool.query(
      `INSERT INTO letters (enclosure, customer)
       SELECT 'a.txt', 'c' || lpad((n % 300)::text, 3, '0') FROM generate_series(0, 899) AS n`,
    );
    const memory = new ClaimMemory();
    const queue = lettersQueue({ batch: 100, maxInFlight: 300 });
    for (let i = 0; i < 3; i++) await claim(queue, memory);
    const shares = await inFlightByCustomer();
    expect(Object.keys(shares)).toHaveLength(300);
  });

  test('reach every customer, even when there are more than one claim looks at', async () => {
    await pool.query(
      `INSERT INTO letters (enclosure, customer)
       SELECT 'a.txt', 'c' || lpad((n % 150)::text, 3, '0') FROM generate_series(0, 599) AS n`,
    );
    const memory = new ClaimMemory();
    const served = new Set<string>();
    for (let i = 0; i < 4; i++) {
      await claim(lettersQueue({ batch: 50, maxInFlight: 50 }), memory);
      for (const customer of Object.keys(await endJobs())) served.add(customer);
    }
    expect(served.size).toBe(150);
  });

  test('keep to the order of priorities', async () => {
    await insertMany(5, 'a');
    await insertLetter(pool, { customer: 'b', priority: -1 });
    await claim(lettersQueue({ batch: 1 }));
    expect(await inFlightByCustomer()).toEqual({ b: 1 });
  });

  test('go to whoever has waited longest when there are fewer places than customers', async () => {
    for (const customer of ['a', 'b', 'c']) await insertMany(5, customer);
    const memory = new ClaimMemory();
    const queue = lettersQueue({ batch: 1, maxInFlight: 1 });
    const went: string[] = [];
    for (let i = 0; i < 6; i++) {
      await claim(queue, memory);
      went.push(...Object.keys(await endJobs()));
    }
    expect(went).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('are off where the table says so', async () => {
    await insertMany(20, 'a');
    await insertMany(1, 'b');
    await pool.query(`INSERT INTO switchyard.limits (queue, fair) VALUES ('letters', false)`);
    await claim();
    expect(await inFlightByCustomer()).toEqual({ a: 10 });
  });
});

describe('the share of each partition', () => {
  const partition = (key: string, fields: Partial<Partition> = {}): Partition => ({
    priority: 0,
    exact_priority: String(fields.priority ?? 0),
    key,
    share: key,
    in_flight: 0,
    share_in_flight: 0,
    room: null,
    ...fields,
  });
  const jobsOf = (partitions: Partition[], limit: number) =>
    shareOut(partitions, limit).map(({ partition: { key }, jobs }) => [key, jobs]);

  test('is no more than its key has room for; what is left goes to the next priority', () => {
    const partitions = [
      partition('a', { in_flight: 3, share_in_flight: 3, room: 2 }),
      partition('b', { priority: 1 }),
    ];
    expect(jobsOf(partitions, 5)).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
  });

  test('counts what two partitions of one key were given together', () => {
    expect(jobsOf([partition('a', { room: 3 }), partition('a', { room: 3, priority: 1 })], 5)).toEqual([
      ['a', 3],
    ]);
  });

  test('is that of whoever has the key: more keys are no more places', () => {
    const partitions = ['a', 'b', 'c'].map((key) => partition(key, { share: 'wide' }));
    expect(jobsOf([...partitions, partition('d', { share: 'narrow' })], 4)).toEqual([
      ['a', 1],
      ['d', 2],
      ['b', 1],
    ]);
  });

  test('counts what whoever has the key has in flight with others', () => {
    const partitions = [
      partition('b', { share: 'wide', share_in_flight: 2 }),
      partition('d', { share: 'narrow' }),
    ];
    expect(jobsOf(partitions, 2)).toEqual([['d', 2]]);
  });
});

describe('a limit', () => {
  test('per key holds over many starters at once', async () => {
    await insertMany(50, 'a');
    await insertMany(50, 'b');
    await pool.query(`INSERT INTO switchyard.limits (queue, in_flight_per_key) VALUES ('letters', 7)`);
    await Promise.all(Array.from({ length: 8 }, () => claim()));
    expect(await inFlightByCustomer()).toEqual({ a: 7, b: 7 });
    expect(await claim()).toMatchObject({ started: [], heldBy: 'keys' });
  });

  test('of one key stands in place of the limit per key', async () => {
    await insertMany(20, 'a');
    await insertMany(20, 'b');
    await pool.query(`INSERT INTO switchyard.limits (queue, in_flight_per_key) VALUES ('letters', 3)`);
    await pool.query(`INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ('letters', 'b', 5)`);
    await claim();
    await claim();
    expect(await inFlightByCustomer()).toEqual({ a: 3, b: 5 });
  });

  test('of one key holds beside rows that have none', async () => {
    await pool.query(`INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ('letters', 'a', 2)`);
    await insertMany(20, 'a');
    const memory = new ClaimMemory();
    await claim(lettersQueue(), memory);
    await insertMany(5, null);
    for (let i = 0; i < 3; i++) await claim(lettersQueue(), memory);
    expect(await inFlightByCustomer()).toEqual({ a: 2, '': 5 });
  });

  test('in flight of the table stands in place of the setting, from the next claim on', async () => {
    await insertMany(30, null);
    await pool.query(`INSERT INTO switchyard.limits (queue, in_flight) VALUES ('letters', 4)`);
    expect((await claim()).started).toHaveLength(4);
    await pool.query(`UPDATE switchyard.limits SET in_flight = 6`);
    expect((await claim()).started).toHaveLength(2);
    expect(await claim()).toMatchObject({ started: [], heldBy: 'full' });
  });

  test('counts the jobs of a queue that has none by its definition', async () => {
    await insertMany(60, null);
    await pool.query(`INSERT INTO switchyard.limits (queue, in_flight) VALUES ('letters', 12)`);
    await Promise.all(Array.from({ length: 6 }, () => claim(lettersQueue({ maxInFlight: null }))));
    expect(await inFlightByCustomer()).toEqual({ '': 12 });
  });

  test('per second is one bucket for all starters', async () => {
    await insertMany(60, null);
    await pool.query(`INSERT INTO switchyard.limits (queue, starts_per_second) VALUES ('letters', 0.000001)`);
    const claims = await Promise.all(Array.from({ length: 6 }, () => claim()));
    expect(claims.flatMap(({ started }) => started)).toHaveLength(1);
    const held = await claim();
    expect(held).toMatchObject({ started: [], heldBy: 'rate' });
    expect(held.retryInMs).toBeGreaterThan(1000);
  });

  test('per second lets a second’s worth go at once', async () => {
    await insertMany(60, null);
    await pool.query(`INSERT INTO switchyard.limits (queue, starts_per_second) VALUES ('letters', 25)`);
    const queue = lettersQueue({ batch: 50 });
    expect((await claim(queue)).started).toHaveLength(25);
    await pool.query(`UPDATE switchyard.start_rates SET filled_at = filled_at - interval '0.4 seconds'`);
    expect((await claim(queue)).started.length).toBeGreaterThanOrEqual(10);
  });
});

describe('a pause', () => {
  test('of a queue holds all its rows until it is resumed, and says who, when and why', async () => {
    await insertMany(3, null);
    await pool.query(`SELECT switchyard.pause_queue('letters', 'month end')`);
    expect(await claim()).toMatchObject({ started: [], heldBy: 'paused' });
    await pool.query(`SELECT switchyard.resume_queue('letters')`);
    expect((await claim()).started).toHaveLength(3);
    const { rows } = await pool.query('SELECT * FROM switchyard.pauses');
    expect(rows).toMatchObject([{ reason: 'month end', paused_by: 'test', resumed_by: 'test' }]);
  });

  test('of a customer holds its rows and no others', async () => {
    await insertMany(20, 'a');
    await insertMany(2, 'b');
    await insertMany(2, null);
    await pool.query(`SELECT switchyard.pause_key('letters', 'a', 'unpaid')`);
    await claim();
    expect(await inFlightByCustomer()).toEqual({ b: 2, '': 2 });
  });

  test('of a system holds the queues that need it and no others', async () => {
    await insertMany(3, null);
    await pool.query(`SELECT switchyard.pause_system('carrier', 'maintenance')`);
    expect((await claim()).started).toHaveLength(0);
    expect((await claim(lettersQueue({ needs: ['git'] }))).started).toHaveLength(3);
  });

  test('twice stays one, with its first reason', async () => {
    await pool.query(
      `SELECT switchyard.pause_queue('letters', 'first'), switchyard.pause_queue('letters', 'second')`,
    );
    const { rows } = await pool.query('SELECT reason FROM switchyard.pauses');
    expect(rows).toEqual([{ reason: 'first' }]);
  });
});

test('a delayed row is not claimed before its time', async () => {
  await insertLetter(pool, { run_at: new Date(Date.now() + 3_600_000) });
  expect((await claim()).started).toHaveLength(0);
});

test('the count of jobs in flight begins before the oldest of them, and misses none', async () => {
  const memory = new ClaimMemory();
  const queue = lettersQueue({ maxInFlight: 15 });
  await insertMany(40, null);
  await claim(queue, memory);
  await claim(queue, memory);
  expect(memory.inFlightSince.time).not.toBe('-infinity');
  expect(await claim(queue, memory)).toMatchObject({ started: [], heldBy: 'full' });
});

test('jobs in flight for long are counted one by one, without what has ended since', async () => {
  const memory = new ClaimMemory();
  const queue = lettersQueue({ maxInFlight: 15 });
  await insertMany(40, 'a');
  await claim();
  await pool.query(`UPDATE letters SET started_at = now() - interval '2 hours' WHERE status = 'processing'`);
  expect((await claim(queue, memory)).started).toHaveLength(5);
  expect(memory.inFlightSince.before).toHaveLength(10);
  expect(Date.parse(memory.inFlightSince.time)).toBeGreaterThan(Date.now() - 600_000);
  expect(await claim(queue, memory)).toMatchObject({ started: [], heldBy: 'full' });
  await pool.query(
    `UPDATE letters SET status = 'canceled', started_by = NULL, deadline = NULL
      WHERE id IN (SELECT id FROM letters WHERE status = 'processing' ORDER BY started_at LIMIT 3)`,
  );
  expect((await claim(queue, memory)).started).toHaveLength(3);
});

test('keys take turns by what they have in flight, for however long', async () => {
  const memory = new ClaimMemory();
  await insertMany(20, 'a');
  await claim();
  await pool.query(`UPDATE letters SET started_at = now() - interval '2 hours' WHERE status = 'processing'`);
  await insertMany(20, 'b');
  await claim(lettersQueue(), memory);
  await claim(lettersQueue(), memory);
  expect(await inFlightByCustomer()).toEqual({ a: 15, b: 15 });
});

test('a row of the lowest priority there is takes its turn', async () => {
  await insertLetter(pool, { priority: -2_147_483_648 });
  await insertLetter(pool, { customer: 'a' });
  const one = lettersQueue({ batch: 1 });
  expect((await claim(one)).started).toHaveLength(1);
  expect((await claim(one)).started).toHaveLength(1);
});

describe('a few rows, that all may start, are taken with the look at the limits', () => {
  const customers = [null, 'a', 'a', 'b'];
  const insertFew = async () => {
    for (const customer of customers) await insertLetter(pool, customer === null ? {} : { customer });
  };

  test('whatever their keys, and the claim says that it saw all that wait', async () => {
    await insertFew();
    const { started, sawAll } = await claim();
    expect({ started: started.length, sawAll }).toEqual({ started: 4, sawAll: true });
    expect(await claim()).toMatchObject({ started: [], sawAll: true });
  });

  test.each([
    [
      'more than a batch wait',
      {},
      `INSERT INTO letters (enclosure) SELECT 'a' FROM generate_series(1, 7)`,
      7,
    ],
    ['the limit leaves less room', { maxInFlight: 3 }, undefined, 3],
    [
      'the table has a smaller limit',
      {},
      `INSERT INTO switchyard.limits (queue, in_flight) VALUES ('letters', 2)`,
      2,
    ],
    [
      'keys have a limit',
      {},
      `INSERT INTO switchyard.limits (queue, in_flight_per_key) VALUES ('letters', 1)`,
      3,
    ],
    [
      'one key has a limit',
      {},
      `INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ('letters', 'a', 0)`,
      2,
    ],
    ['a key is paused', {}, `SELECT switchyard.pause_key('letters', 'a', 'why')`, 2],
    ['the queue is paused', {}, `SELECT switchyard.pause_queue('letters', 'why')`, 0],
    [
      'a rate allows less',
      {},
      `INSERT INTO switchyard.limits (queue, starts_per_second) VALUES ('letters', 2)`,
      2,
    ],
  ])('but not where %s', async (_, queue, statement, starts) => {
    await insertFew();
    if (statement !== undefined) await pool.query(statement);
    const { started, sawAll } = await claim(lettersQueue(queue));
    expect({ started: started.length, sawAll }).toEqual({ started: starts, sawAll: false });
  });

  test('but not those that another claim holds', async () => {
    await insertFew();
    const other = await pool.connect();
    await other.query('BEGIN; SELECT FROM letters WHERE customer IS NULL FOR UPDATE');
    expect((await claim()).started).toHaveLength(3);
    await other.query('ROLLBACK');
    other.release();
  });
});
