import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/command.ts';
import { init } from '../../../src/cli/init.ts';
import { schemaSql } from '../../../src/cli/schema-sql.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { SetupError } from '../../../src/platform/errors.ts';
import { migrate } from '../../../src/platform/migrate.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { silentLogger } from '../../support/logger.ts';
import { switchyard, switchyardJson } from '../../support/watched/command-line.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: Pool;
beforeEach(async () => {
  database = await createEmptyDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
  });
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const env = () => ({ databaseUrl: database.url });

/** All that is in our schemas, but for the order in which it came. */
async function contents(): Promise<string[]> {
  const { rows } = await pool.query<{ thing: string }>(`
    SELECT concat_ws(' ', 'function', oid::regprocedure, md5(pg_get_functiondef(oid)), proacl) AS thing
      FROM pg_proc WHERE pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'switchyard%')
     UNION ALL
    SELECT concat_ws(' ', 'relation', relkind, relnamespace::regnamespace, relname, relacl,
                     (SELECT string_agg(concat_ws(' ', attname, atttypid::regtype, attnotnull, attacl), ', ' ORDER BY attnum)
                        FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0))
      FROM pg_class WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'switchyard%')
     UNION ALL
    SELECT concat_ws(' ', 'migration', name) FROM switchyard.migrations
     ORDER BY thing`);
  return rows.map(({ thing }) => thing);
}

test('init makes the schema once, and says what next', async () => {
  const { code, stdout, stderr } = await switchyard(['init'], env());
  expect(code).toBe(0);
  expect(stdout).toContain('switchyard add-queue emails');
  expect(stdout).toContain('switchyard start');
  expect(stderr).toContain('database migrated');

  expect(await switchyardJson(['init'], env())).toEqual({ migrations: [] });
});

test('init --sql prints the same schema as one migration, and what undoes it', async () => {
  await migrate(database.url, silentLogger);
  const migrated = await contents();
  const sql = await switchyard(['init', '--sql']);
  const { down } = await schemaSql();

  await pool.query(down);
  expect((await pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'switchyard%'`)).rowCount).toBe(0);
  await pool.query(sql.stdout);

  expect(await contents()).toEqual(migrated);
  // Flyway would look for a placeholder, and Drizzle would run it in pieces.
  expect(sql.stdout).not.toMatch(/\$\{|statement-breakpoint/);
  expect(sql.stderr).toBe('');
  expect(await migrate(database.url, silentLogger)).toEqual([]);
});

test('init --sql --after prints what a database lacks, for migrate to go on from there', async () => {
  const { up } = await schemaSql();
  await pool.query(up.slice(0, up.indexOf('-- Switchyard: 11_roles')));

  const { stdout } = await switchyard(['init', '--sql', '--after', '10_api-tokens']);
  await pool.query(stdout);

  expect(await migrate(database.url, silentLogger)).toEqual([]);
});

test.each([
  [['orders'], UsageError, '"orders" is one word too many'],
  [['--undo'], UsageError, '--undo and --after go with --sql'],
  [['--sql', '--after', '99_later'], SetupError, 'there is no migration "99_later"; there are 01_events'],
])('init refuses %j', async (args, kind, words) => {
  const error: unknown = await init.run(args).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(kind);
  expect(String(error)).toContain(words);
});
