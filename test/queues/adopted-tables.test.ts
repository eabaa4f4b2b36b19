import { describe, expect, test } from 'vitest';
import { createJobActivities } from '../../src/activities/rows/transitions.ts';
import { type Pool, quoteColumn, quoteName } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { reconcileStatements } from '../../src/sql/reconciler.ts';
import { redriveStatements } from '../../src/sql/redrives.ts';
import { signalStatements } from '../../src/sql/signals.ts';
import type { ClaimedJob } from '../../src/starter/claimed-job.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { type Adopted, adopt } from '../support/adopted-table.ts';
import { claimOnce } from '../support/claims.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { silentLogger } from '../support/logger.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

async function insert(queue: QueueDefinition, values: Record<string, unknown> = {}): Promise<string> {
  const row = { [queue.columns.status]: queue.states.waiting, ...values };
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO ${quoteName(queue.table)} (${Object.keys(row).map(quoteColumn).join(', ')})
     VALUES (${Object.keys(row).map((_, i) => `$${i + 1}`)}) RETURNING ${quoteColumn(queue.columns.id)}::text AS id`,
    Object.values(row),
  );
  return rows[0]?.id ?? expect.unreachable();
}

/** Claims all there is, by turns of the keys and without, and answers what Temporal would be told. */
async function claimAll(queue: QueueDefinition): Promise<ClaimedJob[]> {
  const told: ClaimedJob[] = [];
  const runIdOf = (job: ClaimedJob) => {
    told.push(job);
    return `run of ${job.id}`;
  };
  await claimOnce(pool, { ...queue, fair: false, batch: 1 }, { runIdOf });
  while ((await claimOnce(pool, queue, { runIdOf })).started.length > 0);
  return told;
}

const runOf = (queue: QueueDefinition, jobId: string) => ({
  queue: queue.name,
  jobId,
  requestId: null,
  runIds: [`run of ${jobId}`],
});

/** From a row that waits to its end, its redrive and its cancel; and what the reconciler reads of it. */
async function live(queue: QueueDefinition, values: Record<string, unknown> = {}): Promise<ClaimedJob> {
  await verifyQueue(pool, queue);
  const id = await insert(queue, values);
  await insert(queue, values);
  const told = await claimAll(queue);
  expect(told.map((job) => job.id)).toContain(id);
  expect(told).toHaveLength(2);
  const statements = reconcileStatements(queue);
  const { rows: owned } = await pool.query(statements.owned, ['-infinity', null, 10]);
  expect(owned.map((row) => row.id)).toContain(id);
  expect((await pool.query(statements.rows, [[id], 0])).rows).toMatchObject([
    { id, status: queue.states.inFlight },
  ]);

  const jobs = createJobActivities({ pool, queues: [queue], workerId: 'w', log: silentLogger });
  expect(await jobs.begin(runOf(queue, id))).toMatchObject({ kind: 'mine', attempt: 1 });
  await jobs.endJob(runOf(queue, id), { state: 'failed', errorCode: 'IO_ERROR', errorMessage: 'no disk' });
  await pool.query(
    `INSERT INTO switchyard.redrives (queue, reason, created_at) VALUES ('orders', 'test', now() + interval '1 hour')`,
  );
  const { rows: sample } = await pool.query(redriveStatements(queue).sample, [1, 10, 10]);
  expect(sample).toMatchObject([{ id, error_code: 'IO_ERROR', error_message: 'no disk', attempt: 1 }]);
  const { rows: next } = await pool.query(redriveStatements(queue).next('failed'), [1, 10, 10]);
  expect(next).toMatchObject([{ ids: [id], attempts: [1] }]);
  expect((await pool.query(redriveStatements(queue).requeue('failed'), [1, [id]])).rows).toEqual([
    { id, moved: true },
  ]);
  expect((await claimAll(queue)).map((job) => job.id)).toEqual([id]);
  await pool.query(
    `UPDATE ${quoteName(queue.table)} SET ${quoteColumn(queue.columns.cancelRequestedAt)} = now() WHERE ${quoteColumn(queue.columns.id)}::text = $1`,
    [id],
  );
  const { rows: canceling } = await pool.query(signalStatements(queue).cancelRequested, [10, []]);
  expect(canceling).toMatchObject([{ id }]);
  await jobs.endJob(runOf(queue, id), { state: 'canceled', errorCode: null, errorMessage: null });
  const { rows: events } = await pool.query(
    `SELECT to_status FROM switchyard.job_events WHERE queue = 'orders' AND job_id = $1 ORDER BY id`,
    [id],
  );
  const ended = ['queued', 'processing', 'failed', 'queued', 'processing', 'processing', 'canceled'];
  expect(events.map((event) => event.to_status)).toEqual(ended);
  return told.find((job) => job.id === id) ?? expect.unreachable();
}

const camel = {
  created_at: 'createdAt',
  run_at: 'runAt',
  status: 'Status',
  customer: 'order',
  label: 'a.b',
  id: 'Id "x"',
};
const words = {
  waiting: "it's new",
  inFlight: 'in progress',
  complete: 'done "so"',
  failed: '50 % bad',
  canceled: 'a\\b',
};

describe('an adopted table goes through the whole life of a job', () => {
  test.each<[string, Adopted, Record<string, unknown>, Partial<ClaimedJob>]>([
    [
      'with names that must be quoted',
      { table: 'public.Job', names: camel, states: words },
      { order: 'Ada' },
      { share: 'Ada' },
    ],
    ['with a dot in its name', { table: 'public."jobs.2026"' }, {}, {}],
    [
      'whose texts are varchar',
      {
        types: Object.fromEntries(
          ['status', 'customer', 'label', 'run_id', 'started_by', 'error_code', 'error_message'].map(
            (column) => [column, 'varchar(100)'],
          ),
        ),
      },
      { customer: 'Ada' },
      { share: 'Ada' },
    ],
    ['whose status is char(12)', { types: { status: 'char(12)' } }, {}, {}],
    [
      'whose status is an enum with words of its own',
      {
        before: `CREATE TYPE state AS ENUM ('draft', 'queued', 'processing', 'complete', 'failed', 'canceled')`,
        types: { status: 'state' },
      },
      {},
      {},
    ],
    [
      'whose columns are domains',
      {
        before: `CREATE DOMAIN order_id AS bigint CHECK (value > 0); CREATE DOMAIN word AS varchar(20) CHECK (value <> '');
                 CREATE DOMAIN filled AS text NOT NULL DEFAULT 'x'; CREATE DOMAIN rank AS smallint CHECK (value < 100)`,
        types: {
          id: 'order_id PRIMARY KEY DEFAULT floor(random() * 1e9 + 1)',
          status: 'word',
          customer: 'word',
          label: 'filled',
          priority: 'rank NOT NULL DEFAULT 0',
        },
      },
      { customer: 'Ada', priority: 7 },
      { share: 'Ada', priority: 7 },
    ],
    ['whose label is an integer', { types: { label: 'integer' } }, { label: 7 }, { label: '7' }],
    ['whose label is json', { types: { label: 'jsonb' } }, { label: '{"a":1}' }, { label: '{"a": 1}' }],
    [
      'whose label is a composite type, and request id a UUID',
      {
        before: 'CREATE TYPE address AS (city text, zip integer)',
        types: { label: 'address', request_id: 'uuid' },
      },
      { label: '(Rome,7)', request_id: '7d0c6c3e-8d0b-4a58-9d7e-0d5a7c8b9e10' },
      { label: '(Rome,7)', request_id: '7d0c6c3e-8d0b-4a58-9d7e-0d5a7c8b9e10' },
    ],
    [
      'whose label is generated',
      { types: { label: `text GENERATED ALWAYS AS ('order of ' || customer) STORED` } },
      { customer: 'A' },
      { label: 'order of A' },
    ],
    [
      'whose priority is numeric',
      { types: { priority: 'numeric(10, 2) NOT NULL DEFAULT 0' } },
      { priority: 0 },
      { priority: 0 },
    ],
    [
      'whose priority is a bigint beyond integers',
      { types: { priority: 'bigint NOT NULL DEFAULT 0' } },
      { priority: '-9223372036854775808' },
      { priority: -(2 ** 63) },
    ],
    [
      'whose priority is a smallint',
      { types: { priority: 'smallint NOT NULL DEFAULT 0' } },
      { priority: 3 },
      { priority: 3 },
    ],
    [
      'whose priority is double precision and NaN',
      { types: { priority: 'double precision NOT NULL DEFAULT 0' } },
      { priority: 'NaN' },
      { priority: Number.NaN },
    ],
    [
      'whose priority is real and -Infinity',
      { types: { priority: 'real NOT NULL DEFAULT 0' } },
      { priority: '-Infinity' },
      { priority: -Infinity },
    ],
    ['whose attempts are a smallint, or NULL', { types: { attempt: 'smallint' } }, {}, {}],
    [
      'whose ids are texts',
      { idType: 'text', types: { id: `text PRIMARY KEY DEFAULT E'a/b%\\n"''' || random()` } },
      {},
      {},
    ],
    [
      'whose ids are UUIDs',
      { idType: 'uuid', types: { id: 'uuid PRIMARY KEY DEFAULT gen_random_uuid()' } },
      {},
      {},
    ],
    ['whose ids are a smallint', { idType: 'integer', types: { id: 'smallserial PRIMARY KEY' } }, {}, {}],
    [
      'whose ids begin at the least',
      {
        types: { id: 'bigint GENERATED BY DEFAULT AS IDENTITY (MINVALUE -9223372036854775807) PRIMARY KEY' },
      },
      {},
      {},
    ],
  ])('%s', async (_, adopted, values, told) => {
    expect(await live(await adopt(pool, adopted), values)).toMatchObject(told);
  });
});

test('attempts that stand at the limit of their type stay there', async () => {
  const queue = await adopt(pool, { types: { attempt: 'smallint' } });
  await insert(queue, { attempt: 32_767 });
  expect((await claimOnce(pool, queue)).started).toMatchObject([{ attempt: 32_767 }]);
});

describe('a table that cannot be a queue’s is refused at the start, with the way out', () => {
  const composite = 'CREATE TYPE pair AS (a text, b text)';
  test.each<[string, Adopted, RegExp]>([
    [
      'times without a time zone',
      { types: { run_at: 'timestamp' } },
      /columns\.runAt "run_at" of public\.orders is timestamp without time zone; it must be timestamptz \(ALTER/,
    ],
    [
      'numeric ids',
      { types: { id: 'numeric PRIMARY KEY' } },
      /idType is "bigint", and public\.orders\.id is numeric; ids are/,
    ],
    [
      'ids that are not unique',
      { types: { id: 'bigint NOT NULL' } },
      /public\.orders\.id must be unique by itself/,
    ],
    [
      'a run id too short',
      { types: { run_id: 'varchar(20)' } },
      /"run_id" of public\.orders is character varying\(20\); it must take the 36/,
    ],
    [
      'a NOT NULL column that must be cleared',
      { types: { started_by: `text NOT NULL DEFAULT ''` } },
      /"started_by" of public\.orders is NOT NULL; .*DROP NOT NULL/,
    ],
    [
      'errors of another type',
      { types: { error_message: 'jsonb' } },
      /columns\.errorMessage "error_message" of public\.orders is jsonb; it must be text/,
    ],
    [
      'a composite error',
      { before: composite, types: { error_code: 'pair' } },
      /"error_code" of public\.orders is pair; it must be text/,
    ],
    [
      'a status too short for its words',
      { types: { status: 'varchar(9)' } },
      /states\.inFlight is "processing", and public\.orders\.status is character varying\(9\)/,
    ],
    [
      'a check that lacks a word',
      { types: { status: `text CHECK (status IN ('queued', 'processing', 'complete', 'failed'))` } },
      /states\.canceled is "canceled", and public\.orders\.status refuses it: constraint orders_status_check is CHECK/,
    ],
    [
      'a generated column that is written',
      { types: { deadline: `timestamptz GENERATED ALWAYS AS (started_at) STORED` } },
      /columns\.deadline "deadline" of public\.orders is generated/,
    ],
    [
      'several at once',
      { types: { run_at: 'timestamp', attempt: 'text', priority: 'text' } },
      /attempt[\s\S]*priority[\s\S]*run_at/,
    ],
  ])('%s', async (_, adopted, message) => {
    await expect(verifyQueue(pool, await adopt(pool, adopted))).rejects.toThrow(message);
  });

  test('a view', async () => {
    const queue = await adopt(pool, {});
    await pool.query('CREATE VIEW public.seen AS SELECT * FROM public.orders');
    await expect(verifyQueue(pool, { ...queue, table: 'public.seen' })).rejects.toThrow(
      'is a view; a queue needs an ordinary table',
    );
  });

  test('a claim index on the wrong columns, however its definition is worded', async () => {
    const queue = await adopt(pool, { types: { customer: 'varchar(20)' } });
    for (const wrong of ['(priority, created_at) WHERE', '(priority, created_at, id DESC) WHERE']) {
      await pool.query(
        `DROP INDEX orders_claim_idx; CREATE INDEX orders_claim_idx ON orders ${wrong} status = 'queued' AND run_at IS NULL`,
      );
      await expect(verifyQueue(pool, queue)).rejects.toThrow(
        'claimIndex "orders_claim_idx" must be an index on',
      );
    }
    await pool.query(
      `DROP INDEX orders_claim_idx; CREATE INDEX orders_claim_idx ON orders (priority, created_at, id) WHERE status = 'queued'`,
    );
    await expect(verifyQueue(pool, queue)).rejects.toThrow('it is CREATE INDEX');
    await pool.query(
      `DROP INDEX orders_claim_idx; CREATE INDEX orders_claim_idx ON orders (priority, created_at, id) WHERE run_at IS NULL AND status = 'queued'`,
    );
    await expect(verifyQueue(pool, queue)).resolves.toBeUndefined();
  });
});

describe('states that the queue does not know are the application’s business', () => {
  const move = (id: string, status: string | null) =>
    pool.query('UPDATE public.orders SET status = $2 WHERE id = $1', [id, status]);
  const moved = async (id: string) =>
    (
      await pool.query(
        'SELECT from_status, to_status, detail FROM switchyard.job_events WHERE job_id = $1 ORDER BY id',
        [id],
      )
    ).rows.map((event) => [event.from_status, event.to_status, event.detail]);

  test('it moves rows between them and into the queue, which starts them', async () => {
    const queue = await adopt(pool, {});
    const id = await insert(queue, { status: 'draft' });
    expect(await claimAll(queue)).toEqual([]);
    for (const status of ['review', null, 'draft', 'queued']) await move(id, status);
    expect((await claimAll(queue)).map((job) => job.id)).toEqual([id]);
    expect(await moved(id)).toEqual([
      [null, 'other', null],
      ['other', 'queued', 'draft → queued'],
      ['queued', 'processing', null],
    ]);
  });

  test('it takes rows out of the queue, and away from their end, and back', async () => {
    const queue = await adopt(pool, {});
    const id = await insert(queue);
    for (const status of ['draft', 'queued']) await move(id, status);
    await claimAll(queue);
    const jobs = createJobActivities({ pool, queues: [queue], workerId: 'w', log: silentLogger });
    await pool.query('UPDATE public.orders SET cancel_requested_at = now()');
    await jobs.endJob(runOf(queue, id), { state: 'canceled', errorCode: null, errorMessage: null });
    for (const status of ['archived', 'queued']) await move(id, status);
    const { rows } = await pool.query('SELECT status, cancel_requested_at FROM public.orders');
    expect(rows).toEqual([{ status: 'queued', cancel_requested_at: null }]);
  });

  test('but it cannot take a row from its run, or set one in flight by hand', async () => {
    const queue = await adopt(pool, {});
    const id = await insert(queue);
    await claimAll(queue);
    await expect(move(id, 'archived')).rejects.toMatchObject({
      message: `job ${id} of queue orders cannot go from processing to archived`,
      hint: expect.stringContaining('Set the time of its cancel request'),
    });
    const draft = await insert(queue, { status: 'draft' });
    await expect(move(draft, 'processing')).rejects.toMatchObject({
      hint: expect.stringContaining('waiting state'),
    });
  });

  test('one with the name of an end in our words is no end', async () => {
    const queue = await adopt(pool, { states: { complete: 'done' } });
    await pool.query(`INSERT INTO switchyard.subscriptions (name, queue) VALUES ('me', 'orders')`);
    const id = await insert(queue);
    await move(id, 'complete');
    expect((await moved(id)).at(-1)).toEqual(['queued', 'other', 'queued → complete']);
    expect((await pool.query('SELECT FROM switchyard.completions')).rowCount).toBe(0);
  });
});
