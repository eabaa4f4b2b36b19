import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DatabaseClient } from '../../src/platform/database-client.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { lockMigrations } from '../../src/platform/migration-lock.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { until } from '../support/jobs.ts';
import { recordingLogger, silentLogger } from '../support/logger.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let client: pg.Client;
beforeEach(async () => {
  database = await createEmptyDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await until(() =>
    database.drop().then(
      () => true,
      () => false,
    ),
  );
});

describe('a migrate that meets another one', () => {
  let other: DatabaseClient;
  beforeEach(async () => {
    other = new DatabaseClient({ connectionString: database.url, applicationName: 'the other' });
    await other.connect();
    const signal = new AbortController().signal;
    await lockMigrations(other, { log: silentLogger, signal, waitMs: 0 });
  });
  afterEach(() => other.end());

  test('says for whom it waits, and goes on when that one is done', async () => {
    const { log, lines } = recordingLogger();
    const migrating = migrate(database.url, log);
    await until(async () => lines.some(({ msg }) => String(msg).startsWith('another migrate is at work')));
    expect(lines.filter(({ application }) => application !== undefined)).toMatchObject([
      { application: 'the other', pid: other.backendId },
    ]);
    await other.query('COMMIT');
    expect((await migrating).length).toBeGreaterThan(10);
  });

  test('gives up after a time, naming it', async () => {
    await expect(migrate(database.url, silentLogger, [], { waitMs: 100 })).rejects.toThrow(
      `Another migrate has been at work on this database for more than 0.1 s: process ${other.backendId} of Postgres, "the other"`,
    );
  });

  test('ends at once when it is told to', async () => {
    const { log, lines } = recordingLogger();
    const stop = new AbortController();
    const migrating = migrate(database.url, log, [], { signal: stop.signal });
    await until(async () => lines.length > 0);
    stop.abort();
    await expect(migrating).rejects.toThrow('migrate was told to stop');
  });
});

test('a migrate that is told to stop ends the statement at hand, and leaves no lock', async () => {
  await client.query('CREATE TABLE held ()');
  await client.query('BEGIN; LOCK TABLE held');
  const stop = new AbortController();
  const install = { statement: 'SELECT * FROM public.held', values: [] };
  const migrating = migrate(database.url, silentLogger, [install], { signal: stop.signal });
  const isWaiting = async () => {
    await client.query('SELECT pg_stat_clear_snapshot()'); // else a transaction sees the sessions as they were at its first look
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE query = 'SELECT * FROM public.held' AND wait_event_type = 'Lock'`,
    );
    return rowCount === 1;
  };
  await until(isWaiting);
  stop.abort();
  await expect(migrating).rejects.toThrow('migrate was told to stop');
  await until(async () => !(await isWaiting()));
  const { rows } = await client.query(
    `SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
      WHERE locktype = 'advisory' AND datname = current_database()`,
  );
  expect(rows).toEqual([]);
  await client.query('ROLLBACK');
});
