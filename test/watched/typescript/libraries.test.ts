import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cancel,
  createPool,
  type Db,
  defineQueue,
  enqueue,
  enqueueMany,
  getJob,
  type Pool,
  queueSql,
  queueStatement,
  reprioritize,
  reschedule,
  retry,
  signal,
} from '../../../src/index.ts';
import { createLettersDatabase } from '../../support/letters/database.ts';
import { type Library, libraries } from './libraries.ts';

interface Email {
  to: string;
  tries?: number;
}
declare function sendEmail(email: Email): Promise<{ messageId: string }>;

const emails = defineQueue<typeof sendEmail>('emails', { workflow: 'sendEmail', taskQueue: 'mail' });
const orders = defineQueue('orders', {
  workflow: 'processOrder',
  taskQueue: 'orders',
  table: 'public.orders',
  startWhen: "NEW.state = 'paid'",
  input: "jsonb_build_object('orderId', NEW.id)",
  key: 'NEW.customer',
  mirror: { status: 'job_status' },
  maxInFlight: 5,
  fair: false,
  executionTimeout: '30 days',
});

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createLettersDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 3,
    onError: () => undefined,
  });
  await pool.query(`CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL,
                                         customer text, job_status text)`);
  for (const queue of [emails, orders]) {
    const { text, values } = queueStatement(queue);
    await pool.query(text, values);
  }
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe.each(Object.entries(libraries))('%s', (_, open) => {
  let library: Library;
  beforeAll(async () => {
    library = await open(database.url);
  });
  afterAll(() => library.close());

  test('enqueues in its own transaction, with everything as it was said', async () => {
    const input = { to: `'"$1?ü\\`, tries: 0.1 };
    const runAt = new Date('2100-01-02T03:04:05.678Z');
    const options = { runAt, key: `k'?$1`, priority: -3, searchAttributes: { Tags: ['a', 'b'] } };
    const id = await library.transaction(async (db, write) => {
      await write("INSERT INTO orders (state, customer) VALUES ('new', 'acme')");
      const made = await enqueue(db, emails, input, options);
      expect(await getJob(db, emails, made)).toMatchObject({ status: 'queued' });
      expect(await getJob(pool, emails, made)).toBeUndefined();
      return made;
    });
    expect(await getJob(library.db, emails, id)).toEqual({
      id,
      status: 'queued',
      workflowId: `emails:${id}`,
      runId: null,
      attempt: 0,
      input,
      result: null,
      resultNote: null,
      errorCode: null,
      errorMessage: null,
      key: options.key,
      priority: -3,
      runAt,
      createdAt: expect.any(Date),
      startedAt: null,
      endedAt: null,
      cancelRequestedAt: null,
      whyWaiting: expect.stringContaining('2100-01-02'),
    });
    const { rows } = await pool.query('SELECT search_attributes FROM switchyard_jobs.emails WHERE id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ search_attributes: options.searchAttributes }]);
  });

  test('makes no job when its transaction is rolled back', async () => {
    const ids: string[] = [];
    const failing = library.transaction(async (db, write) => {
      await write("INSERT INTO orders (state, customer) VALUES ('paid', 'rolled back')");
      ids.push(
        await enqueue(db, emails, { to: 'a' }),
        ...(await enqueueMany(db, emails, [{ input: { to: 'b' } }])),
      );
      throw new Error('as expected');
    });
    await expect(failing).rejects.toThrow('as expected');
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(await getJob(library.db, emails, id)).toBeUndefined();
    const { rows } = await pool.query("SELECT FROM switchyard_jobs.orders WHERE key = 'rolled back'");
    expect(rows).toEqual([]);
  });

  test('enqueues many in the order in which they were given', async () => {
    const jobs = [
      { input: { to: 'a' }, key: 'x' },
      { input: { to: 'b' }, priority: 7 },
      { input: { to: 'c' } },
    ];
    const ids = await enqueueMany(library.db, emails, jobs);
    const made = await Promise.all(ids.map((id) => getJob(library.db, emails, id)));
    expect(made.map((job) => [job?.input?.to, job?.key, job?.priority])).toEqual([
      ['a', 'x', 0],
      ['b', null, 7],
      ['c', null, 0],
    ]);
    expect(await enqueueMany(library.db, emails, [])).toEqual([]);
  });

  test('controls the job of a row, by its id', async () => {
    const id = await paidOrder(pool);
    await library.transaction(async (db) => {
      await reprioritize(db, orders, id, 5);
      await reschedule(db, 'orders', BigInt(id), new Date('2100-01-01'));
      expect(await signal(db, orders, Number(id), 'approve', 'ann', { level: 2 })).toMatch(/^\d+$/);
      expect(await getJob(db, orders, id)).toMatchObject({ priority: 5, runAt: new Date('2100-01-01') });
      await reschedule(db, orders, id, null);
    });
    const job = await getJob(library.db, orders, id);
    expect(job).toMatchObject({ id, key: 'acme', runAt: null, input: { orderId: Number(id) } });
    expect(await signalsOf(pool, id)).toEqual([{ name: 'approve', args: ['ann', { level: 2 }] }]);
    expect(await cancel(library.db, orders, id)).toBe('canceled');
    expect(await getJob(library.db, orders, id)).toMatchObject({
      status: 'canceled',
      endedAt: expect.any(Date),
    });
    expect(await retry(library.db, orders, id, { input: { orderId: 'other' } })).toBe('queued');
    expect(await getJob(library.db, orders, id)).toMatchObject({
      status: 'queued',
      input: { orderId: 'other' },
    });
  });

  test('is told what Postgres refuses', async () => {
    const refused = (call: Promise<unknown>) => call.then(() => 'nothing', messages);
    expect(await refused(cancel(library.db, orders, 1_000_000))).toContain(
      'the queue "orders" has no job 1000000',
    );
    expect(await refused(getJob(library.db, emails, 'x'))).toContain(
      '"x" is no id of a job of the queue "emails"',
    );
  });
});

/** What an error and its causes say: Drizzle wraps that of the driver. */
function messages(error: unknown): string {
  return error instanceof Error ? `${error.message} ${messages(error.cause)}` : '';
}

async function paidOrder(db: Pool): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    "INSERT INTO orders (state, customer) VALUES ('paid', 'acme') RETURNING id::text",
  );
  return String(rows[0]?.id);
}

async function signalsOf(db: Db, id: string) {
  const text = "SELECT name, args FROM switchyard.signals WHERE queue = 'orders' AND job_id = $1";
  const answer = await db.query(text, [id]);
  return Array.isArray(answer) ? answer : answer.rows;
}

test('the same id makes one job', async () => {
  const id = '5b0c0a43-7f27-4d0e-9b12-5b5d7d4f8f10';
  expect(await enqueue(pool, emails, { to: 'a' }, { id })).toBe(id);
  expect(await enqueue(pool, emails, { to: 'b' }, { id })).toBe(id);
  expect((await getJob(pool, emails, id))?.input).toEqual({ to: 'a' });
});

test('many jobs may have ids of their own', async () => {
  const id = 'a7b0c0a4-7f27-4d0e-9b12-5b5d7d4f8f10';
  const alike = { input: { to: 'a' } };
  expect(await enqueueMany(pool, emails, [alike, { ...alike, id }])).toEqual([expect.any(String), id]);
});

test.each([{ key: 'k' }, { priority: 1 }, { runAt: new Date('2100-01-01') }])(
  'many jobs may differ in %o alone',
  async (differing) => {
    const input = { to: 'a' };
    const ids = await enqueueMany(pool, emails, [{ input }, { input, ...differing }]);
    expect(await getJob(pool, emails, ids[0] ?? '')).toMatchObject({ key: null, priority: 0, runAt: null });
    expect(await getJob(pool, emails, ids[1] ?? '')).toMatchObject(differing);
  },
);

test('the input null is an argument, and no input is none', async () => {
  const queue = defineQueue('emails', { workflow: 'w', taskQueue: 't' });
  const ids = [await enqueue(pool, queue), await enqueue(pool, queue, null)];
  ids.push(...(await enqueueMany(pool, queue, [{}, { input: null }])));
  const { rows } = await pool.query(
    'SELECT input IS NULL AS "none" FROM switchyard_jobs.emails JOIN unnest($1::uuid[]) WITH ORDINALITY AS ids (id, place) USING (id) ORDER BY place',
    [ids],
  );
  expect(rows.map(({ none }) => none)).toEqual([true, false, true, false]);
});

test('a queue is what its definition says, by either statement', async () => {
  const read = async (queue: string) => {
    const { rows } = await pool.query(
      `SELECT source::text, start_when, input, key, mirror, max_in_flight, fair, execution_timeout::text
         FROM switchyard.queues WHERE name = $1`,
      [queue],
    );
    return rows;
  };
  const defined = await read('orders');
  expect(defined).toEqual([
    {
      source: 'orders',
      start_when: "NEW.state = 'paid'",
      input: "jsonb_build_object('orderId', NEW.id)",
      key: 'NEW.customer',
      mirror: { status: 'job_status' },
      max_in_flight: 5,
      fair: false,
      execution_timeout: '30 days',
    },
  ]);
  await pool.query('CREATE TABLE others (LIKE orders INCLUDING ALL)');
  const others = defineQueue('others', { ...orders.options, table: 'public.others' });
  const { create, drop } = queueSql(others);
  await pool.query(create);
  expect(await read('others')).toEqual([{ ...defined[0], source: 'others' }]);
  await pool.query(drop);
  expect(await read('others')).toEqual([]);
});
