import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrateAll } from '../../server/migrations.ts';
import { defineQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { silentLogger } from '../support/logger.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: Pool;
beforeEach(async () => {
  database = await createEmptyDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 3,
    onError: () => undefined,
  });
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const settings = loadSettings({});
const queues = defineQueues(settings);
const migrateIt = () => migrateAll(database.url, silentLogger, settings);

/** All that somebody could see of the tables that are there. */
const looks = async () =>
  (
    await pool.query(
      `SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, relhasindex, relhastriggers
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attnum > 0 AND relkind = 'r' AND relnamespace IN (SELECT oid FROM pg_namespace
          WHERE nspname IN ('public', 'ops', 'upload_pipeline', 'schedule_ingest'))
        ORDER BY 1, attnum`,
    )
  ).rows;

test('tables that do not fit are told all at once, before anything is changed', async () => {
  await pool.query(`
    CREATE TYPE task AS ENUM ('pending', 'ongoing', 'succeeded', 'failed');
    CREATE TABLE builds (id bigserial PRIMARY KEY, status task NOT NULL, created_at timestamptz, started_at timestamp,
      completed_at timestamptz, repository text, branch text, commit_hash text, triggered_by text);
    CREATE TABLE deployments (id bigint, status text, created_at timestamptz, started_at timestamptz, completed_at timestamptz,
      error text NOT NULL, build_id bigint, environment text);
    CREATE SCHEMA upload_pipeline;
    CREATE VIEW upload_pipeline.upload_jobs AS SELECT 1 AS job_id;
    CREATE SCHEMA ops;
    CREATE TABLE ops.runs (id uuid PRIMARY KEY)`);
  const before = await looks();
  const told = await migrateIt().then(
    () => expect.fail('it was adopted'),
    (error: Error) => error.message,
  );
  for (const part of [
    'public.builds has no column error (text or varchar or citext)',
    'public.builds has a column started_at of type timestamp without time zone; it must be timestamptz',
    "public.builds has a column status whose type public.task lacks the value 'canceled'; ALTER TYPE public.task ADD VALUE 'canceled'",
    'public.deployments has a column error that is NOT NULL; ALTER COLUMN error DROP NOT NULL',
    'public.deployments has a column id that is not unique by itself',
    'upload_pipeline.upload_jobs is no table',
    'ops.runs has no column plan (jsonb)',
  ])
    expect(told).toContain(part);
  expect(await looks()).toEqual(before);
});

test('a capture_session without error is refused before anything of it is changed', async () => {
  await pool.query(`CREATE SCHEMA schedule_ingest; CREATE TABLE schedule_ingest.capture_session (
    id uuid PRIMARY KEY, state text NOT NULL, created_at timestamptz NOT NULL)`);
  const before = await looks();
  await expect(migrateIt()).rejects.toThrow('schedule_ingest.capture_session has no column error');
  const inSchema = (await looks()).filter(({ attrelid }) => String(attrelid).startsWith('schedule_ingest.'));
  expect(inSchema).toEqual(before);
  await pool.query('ALTER TABLE schedule_ingest.capture_session ADD COLUMN error text');
  await migrateIt();
  for (const queue of queues) await verifyQueue(pool, queue);
});

test('a table with states of its own keeps them, and its check takes ours as well', async () => {
  const task = `id bigserial PRIMARY KEY, status varchar(20) NOT NULL CHECK (status IN ('draft','pending','ongoing','succeeded','failed')),
    created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, completed_at timestamptz, error text`;
  await pool.query(`
    CREATE TABLE builds (${task}, repository text NOT NULL, branch text NOT NULL, commit_hash text, triggered_by text);
    CREATE TABLE deployments (${task}, build_id bigint NOT NULL REFERENCES builds, environment text NOT NULL)`);
  await migrateIt();
  for (const queue of queues) await verifyQueue(pool, queue);
  await pool.query(`INSERT INTO builds (repository, branch, status) VALUES ('/a', 'main', 'draft')`);
  await pool.query(`UPDATE builds SET status = 'pending'; UPDATE builds SET cancel_requested_at = now()`);
  expect((await pool.query('SELECT status FROM builds')).rows).toEqual([{ status: 'canceled' }]);
  await expect(pool.query(`UPDATE builds SET status = 'nonsense'`)).rejects.toMatchObject({ code: '23514' });
});
