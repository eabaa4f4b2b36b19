import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrateAll } from '../../../server/migrations.ts';
import { loadSettings } from '../../../server/settings.ts';
import { createEmptyDatabase } from '../../../test/support/database.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { createSessions } from './support/sessions.ts';

/** The tables of the older system, before it had leases, in a database that Switchyard has never seen. */
const original = (schema: string) => `
  CREATE SCHEMA ${schema};
  CREATE TABLE ${schema}.capture_session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    state text NOT NULL DEFAULT 'pending',
    error text,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE ${schema}.day_schedule (schedule_date date PRIMARY KEY, current_version integer NOT NULL);
  CREATE TABLE ${schema}.schedule_version (
    session_id uuid NOT NULL, schedule_date date NOT NULL, version integer NOT NULL, payload jsonb NOT NULL, payload_hash text
  );`;

let url: string;
let drop: () => Promise<void>;
let client: pg.Client;
beforeEach(async () => {
  ({ url, drop } = await createEmptyDatabase());
  client = new pg.Client({ connectionString: url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await drop();
});

/** What `npm run migrate` does with these settings. */
const migrateWith = (env: Record<string, string>) => migrateAll(url, silentLogger, loadSettings(env));

async function storageOf(...tables: string[]): Promise<unknown[]> {
  const { rows } = await client.query(
    'SELECT pg_relation_filenode(t::regclass) FROM unnest($1::text[]) AS t',
    [tables],
  );
  return rows;
}

const firstValue = async (query: string) => Object.values((await client.query(query)).rows[0] ?? {})[0];

describe('the migration', () => {
  test('adopts a table with a million rows: adds columns, rewrites nothing, and loses no row', async () => {
    await client.query(original('schedule_ingest'));
    await client.query(`
      INSERT INTO schedule_ingest.capture_session (id, state, error)
      SELECT lpad(to_hex(i), 32, '0')::uuid,
             CASE WHEN i <= 1000 THEN 'pending' WHEN i <= 1100 THEN 'processing' WHEN i % 10 = 0 THEN 'failed' ELSE 'done' END,
             CASE WHEN i > 1100 AND i % 10 = 0 THEN 'no such day' END
        FROM generate_series(1, 1000000) AS i`);
    const tables = ['capture_session', 'schedule_version', 'day_schedule'].map(
      (table) => `schedule_ingest.${table}`,
    );
    const before = await storageOf(...tables);
    await migrateWith({});
    expect(await storageOf(...tables)).toEqual(before);
    expect(await firstValue('SELECT count(*)::integer FROM schedule_ingest.capture_session')).toBe(1_000_000);
    expect(
      await firstValue(`SELECT count(*)::integer FROM schedule_ingest.capture_session
                      WHERE state = 'processing' AND locked_at IS NOT NULL AND run_id IS NULL`),
    ).toBe(100);
    expect(
      await firstValue(`SELECT count(*)::integer FROM schedule_ingest.capture_session
                      WHERE state <> 'processing' AND locked_at IS NOT NULL`),
    ).toBe(0);
  });

  test('takes the schedules of the older system as they are, also two of one session', async () => {
    await client.query(original('schedule_ingest'));
    await client.query(`INSERT INTO schedule_ingest.schedule_version
      SELECT '00000000-0000-0000-0000-000000000001', '2026-01-01', i, '{}', '' FROM generate_series(1, 2) AS i`);
    await migrateWith({});
    expect(await firstValue('SELECT count(*)::integer FROM schedule_ingest.schedule_version')).toBe(2);
    expect(
      await firstValue(
        `SELECT indisunique FROM pg_index WHERE indexrelid = 'schedule_ingest.schedule_version_session_idx'::regclass`,
      ),
    ).toBe(false);
  });

  test('leaves a table whose words are others for the settings that name them', async () => {
    await client.query(original('schedule_ingest'));
    await client.query(`INSERT INTO schedule_ingest.capture_session (state) VALUES ('new'), ('finished')`);
    await expect(migrateWith({})).rejects.toMatchObject({
      message: expect.stringMatching(/has rows in the state "(new|finished)", which is none of/),
      hint: expect.stringContaining('PENDING_STATE'),
    });
    expect(await firstValue(`SELECT to_regclass('switchyard.job_events')::text`)).toBe(
      'switchyard.job_events',
    );
    await migrateWith({ PENDING_STATE: 'new', DONE_STATE: 'finished' });
    await client.query(`UPDATE schedule_ingest.capture_session SET state = 'processing' WHERE state = 'new'`);
    expect(await firstValue('SELECT count(*)::integer FROM switchyard.job_events')).toBe(1);
  });

  test('says what is wrong with ids that are none of ours', async () => {
    await client.query(
      `CREATE SCHEMA old; CREATE TABLE old.capture_session (id bigint PRIMARY KEY, state text)`,
    );
    await expect(migrateWith({ DB_SCHEMA: 'old' })).rejects.toThrow(
      'old.capture_session has a column id of type bigint; it must be uuid',
    );
  });
});

describe('npm run migrate', () => {
  test('changes the words of a schema, and run again with the same ones locks nothing', async () => {
    await migrateWith({});
    await migrateWith({ PENDING_STATE: 'new' });
    await client.query('INSERT INTO schedule_ingest.capture_session DEFAULT VALUES');
    expect(await firstValue('SELECT state FROM schedule_ingest.capture_session')).toBe('new');
    await client.query(
      'BEGIN; SELECT FROM schedule_ingest.capture_session; SELECT FROM schedule_ingest.schedule_version',
    );
    await migrateWith({ PENDING_STATE: 'new' });
    await client.query('COMMIT');
  });

  test('keeps schemas apart, each with its own words', async () => {
    await migrateWith({ DB_SCHEMA: 'one', PENDING_STATE: 'open' });
    await migrateWith({ DB_SCHEMA: 'two', PENDING_STATE: 'new' });
    for (const schema of ['one', 'two']) {
      await client.query(`INSERT INTO ${schema}.capture_session DEFAULT VALUES`);
      await client.query(`UPDATE ${schema}.capture_session SET cancel_requested_at = now()`);
    }
    const { rows } = await client.query(
      'SELECT to_status, count(*)::integer FROM switchyard.job_events GROUP BY 1 ORDER BY 1',
    );
    expect(rows).toEqual([
      { to_status: 'canceled', count: 2 },
      { to_status: 'queued', count: 2 },
    ]);
  });
});

test('a queue with schema and words of its own runs like the default one', async () => {
  const env = {
    DB_SCHEMA: 'my_schedules',
    PENDING_STATE: 'open',
    PROCESSING_STATE: 'busy',
    DONE_STATE: 'closed',
    FAILED_STATE: 'broken',
    CANCELED_STATE: 'dropped',
  };
  const sessions = await createSessions(env);
  try {
    await migrateAll(sessions.databaseUrl, silentLogger, loadSettings(env));
    await sessions.startWorker();
    const id = await sessions.insert();
    expect(await sessions.read(id)).toMatchObject({ state: 'open' });
    await sessions.starter.runOnce();
    await sessions.untilState(id, 'closed');
    expect(await sessions.versions()).toMatchObject([{ session_id: id }]);
    const dropped = await sessions.insert();
    await sessions.pool.query(
      'UPDATE my_schedules.capture_session SET cancel_requested_at = now() WHERE id = $1',
      [dropped],
    );
    expect(await sessions.read(dropped)).toMatchObject({ state: 'dropped' });
  } finally {
    await sessions.close();
  }
});
