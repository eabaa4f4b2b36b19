import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { createEmptyDatabase } from '../../support/database.ts';
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
  const { code, stdout } = await switchyard(['init'], env());
  expect(code).toBe(0);
  expect(stdout).toContain('switchyard add-queue emails');
  expect(stdout).toContain('switchyard start');

  expect(await switchyardJson(['init'], env())).toEqual({ migrations: [] });
});

test('init --sql prints the same schema as one migration, and what undoes it', async () => {
  await switchyard(['init'], env());
  const migrated = await contents();
  const [sql, undo] = await Promise.all([
    switchyard(['init', '--sql']),
    switchyard(['init', '--sql', '--undo']),
  ]);

  await pool.query(undo.stdout);
  expect((await pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'switchyard%'`)).rowCount).toBe(0);
  await pool.query(sql.stdout);

  expect(await contents()).toEqual(migrated);
  // Flyway would look for a placeholder, and Drizzle would run it in pieces.
  expect(sql.stdout).not.toMatch(/\$\{|statement-breakpoint/);
  expect(sql.stderr).toBe('');
  expect(await switchyardJson(['init'], env())).toEqual({ migrations: [] });
});

test('init --sql --after prints what a database lacks, for migrate to go on from there', async () => {
  const whole = (await switchyardJson<{ up: string }>(['init', '--sql'], {})).up;
  const second = whole.indexOf('-- Switchyard: 11_roles');
  await pool.query(whole.slice(0, second));

  const { stdout } = await switchyard(['init', '--sql', '--after', '10_api-tokens']);
  await pool.query(stdout);

  expect(await switchyardJson(['init'], env())).toEqual({ migrations: [] });
});

test('init refuses words and flags that make no sense', async () => {
  const outcomes = await Promise.all([
    switchyard(['init', 'orders']),
    switchyard(['init', '--undo']),
    switchyard(['init', '--sql', '--after', '99_later']),
  ]);

  expect(outcomes.map(({ code, stdout }) => [code, stdout])).toEqual([
    [64, ''],
    [64, ''],
    [1, ''],
  ]);
  expect(outcomes[2]?.stderr).toContain('there is no migration "99_later"; there are 01_events');
});
