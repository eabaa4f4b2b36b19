import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DatabaseClient } from '../../src/platform/database-client.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { lockMigrations } from '../../src/platform/migration-lock.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { databaseOwner } from '../support/database-name.ts';
import { recordingLogger, silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

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
    await expect(migrate(database.url, silentLogger, { waitMs: 100 })).rejects.toThrow(
      `Another migrate has been at work on this database for more than 0.1 s: process ${other.backendId} of Postgres, "the other"`,
    );
  });

  test('ends at once when it is told to', async () => {
    const { log, lines } = recordingLogger();
    const stop = new AbortController();
    const migrating = migrate(database.url, log, { signal: stop.signal });
    await until(async () => lines.length > 0);
    stop.abort();
    await expect(migrating).rejects.toThrow('migrate was told to stop');
  });
});

test('a database of a version before 0.1.0 is refused, with the way out', async () => {
  await client.query('CREATE TABLE public.switchyard_migrations (name text)');
  await expect(migrate(database.url, silentLogger)).rejects.toThrow(/before 0\.1\.0[\s\S]*\.data/);
});

test('a migrate that is told to stop ends the statement at hand, and leaves no lock', async () => {
  await client.query('CREATE TABLE held ()');
  await client.query('BEGIN; LOCK TABLE held');
  const stop = new AbortController();
  const install = { statement: 'SELECT * FROM public.held', values: [] };
  const migrating = migrate(database.url, silentLogger, { installs: [install], signal: stop.signal });
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

test('the engine alone makes nothing outside its own schemas', async () => {
  await migrate(database.url, silentLogger);
  const { rows } = await client.query(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
     UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
     UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema', 'switchyard', 'switchyard_jobs')`,
  );
  expect(rows).toEqual([]);
});

test('an account that may not create schemas migrates into those that were made for it', async () => {
  const [name, owner] = [new URL(database.url).pathname.slice(1), databaseOwner];
  await client.query(
    `CREATE SCHEMA switchyard; CREATE SCHEMA switchyard_jobs; REVOKE CREATE ON DATABASE ${name} FROM ${owner}`,
  );
  expect((await migrate(database.url, silentLogger)).length).toBeGreaterThan(0);
});

describe('the folders of pipelines', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'switchyard-folders-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** A folder with these files, and one that is no migration. */
  async function folder(name: string, files: Record<string, string>): Promise<URL> {
    const path = join(root, name);
    await mkdir(path);
    for (const [file, text] of Object.entries({ 'README.md': 'no SQL', ...files }))
      await writeFile(join(path, file), text);
    return pathToFileURL(`${path}/`);
  }
  const tables = async () =>
    (
      await client.query(
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`,
      )
    ).rows.map(({ relname }) => relname);

  test("run after the engine's, in their order, each file once", async () => {
    const first = await folder('b', {
      '2_second.sql': 'ALTER TABLE one ADD COLUMN b integer',
      '1_first.sql': `CREATE TABLE public.one (); SELECT switchyard.actor()`,
    });
    const second = await folder('a', { '1_third.sql': 'ALTER TABLE one ADD COLUMN c integer' });
    const applied = await migrate(database.url, silentLogger, { folders: [first, second] });
    expect(applied.slice(-3)).toEqual(['1_first', '2_second', '1_third']);
    expect(await migrate(database.url, silentLogger, { folders: [first, second] })).toEqual([]);
    const third = await folder('c', { '1_fourth.sql': 'CREATE TABLE public.two ()' });
    expect(await migrate(database.url, silentLogger, { folders: [third, first, second] })).toEqual([
      '1_fourth',
    ]);
    expect(await tables()).toEqual(['one', 'two']);
  });

  test('give up a lock within seconds, so that writers go on, and are run again', async () => {
    await client.query('CREATE TABLE busy (id integer)');
    const alters = await folder('a', { '1_alters.sql': 'ALTER TABLE public.busy ADD COLUMN more text' });
    await client.query('BEGIN; SELECT FROM busy');
    const { log, lines } = recordingLogger();
    const migrating = migrate(database.url, log, { folders: [alters] });
    await until(async () =>
      lines.some(({ msg }) => String(msg).startsWith('a migration did not get a lock')),
    );
    // Behind a migration that waits for its lock this would wait as well.
    const writer = new pg.Client({ connectionString: database.url });
    await writer.connect();
    await writer.query('INSERT INTO public.busy VALUES (1)');
    await writer.end();
    await client.query('COMMIT');
    expect((await migrating).at(-1)).toBe('1_alters');
    const { rows } = await client.query('SELECT * FROM busy');
    expect(rows).toEqual([{ id: 1, more: null }]);
  });

  test('that never get a lock are given up, naming who is in the way', async () => {
    await migrate(database.url, silentLogger);
    await client.query('CREATE TABLE busy (id integer)');
    const alters = await folder('a', { '1_alters.sql': 'ALTER TABLE public.busy ADD COLUMN more text' });
    await client.query(`SET application_name = 'a report'; BEGIN; SELECT FROM busy`);
    await expect(migrate(database.url, silentLogger, { folders: [alters], waitMs: 1 })).rejects.toThrow(
      /did not get a lock within 0\.001 s .*it was undone.*"a report"/,
    );
    await client.query('COMMIT');
    expect(await tables()).toEqual(['busy']);
  });

  test('that say so run without a transaction, statement by statement', async () => {
    const folders = [
      await folder('a', {
        '1_table.sql': 'CREATE TABLE public.one (id integer)',
        '2_index.sql': `-- Up Migration
-- Without a transaction
DROP INDEX CONCURRENTLY IF EXISTS public.one_idx;
CREATE INDEX CONCURRENTLY one_idx ON public.one (id);
`,
      }),
    ];
    expect((await migrate(database.url, silentLogger, { folders })).at(-1)).toBe('2_index');
    const { rows } = await client.query(
      `SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_idx'::regclass`,
    );
    expect(rows).toEqual([{ indisvalid: true }]);
  });

  test('with a file of one name are refused before anything is run', async () => {
    const folders = [
      await folder('a', { '1_tables.sql': 'CREATE TABLE public.one ()' }),
      await folder('b', { '1_tables.sql': 'CREATE TABLE public.two ()' }),
    ];
    await expect(migrate(database.url, silentLogger, { folders })).rejects.toThrow(
      'Two migrations have the name 1_tables',
    );
    const { rows } = await client.query(`SELECT to_regnamespace('switchyard') AS schema`);
    expect(rows).toEqual([{ schema: null }]);
  });

  test('are run when no table that they adopt is a misfit, and say all misfits at once; one that has begun is not asked again', async () => {
    const misfits = (table: string) =>
      `SELECT '${table} is there' AS misfit WHERE to_regclass('public.${table}') IS NOT NULL`;
    const plain = await folder('a', { '1_plain.sql': 'CREATE TABLE public.plain ()' });
    const folders = [plain];
    for (const table of ['one', 'two']) {
      const files = { [`1_${table}.sql`]: `CREATE TABLE public.${table} ()`, 'misfits.sql': misfits(table) };
      folders.push(await folder(table, files));
    }
    await client.query('CREATE TABLE one (); CREATE TABLE two ()');
    await expect(migrate(database.url, silentLogger, { folders })).rejects.toThrow(
      /nothing of them was changed:\n {2}one is there\n {2}two is there/,
    );
    expect(await tables()).toEqual(['one', 'two']);
    await client.query('DROP TABLE one, two');
    expect(await migrate(database.url, silentLogger, { folders })).toEqual(['1_plain', '1_one', '1_two']);
    expect(await migrate(database.url, silentLogger, { folders })).toEqual([]);
  });
});
