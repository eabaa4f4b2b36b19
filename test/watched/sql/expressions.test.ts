import { describe, expect, test } from 'vitest';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

const columns = 'id bigint PRIMARY KEY, n integer, words text, at timestamp, "order" boolean';

describe('an expression that cannot be', () => {
  test.each([
    ['start_when', 'NEW.nothing > 5', '42703', 'does not compile: column new.nothing does not exist'],
    ['start_when', 'n >', '42601', 'does not compile: syntax error at or near ")"'],
    ['start_when', 'n', '42804', 'is of type integer; it must be boolean'],
    ['start_when', 'OLD.n <> NEW.n', '42P01', 'does not compile: missing FROM-clause entry for table "old"'],
    ['input', 'jsonb_build_object(', '42601', 'does not compile: syntax error at or near "FROM"'],
    [
      'input',
      'no_such_function(NEW.id)',
      '42883',
      'does not compile: function no_such_function(bigint) does not exist',
    ],
    ['input', 'words', '42804', 'is of type text; it must be jsonb'],
    ['input', `'{}'::jsonb), (now()`, '42601', 'does not compile: subquery must return only one column'],
    ['input', `'{}'::jsonb) FROM pg_class --`, '42601', 'does not compile: syntax error at or near "FROM"'],
    ['key', 'nothing', '42703', 'does not compile: column "nothing" does not exist'],
    ['priority', 'words', '42804', 'is of type text; it must be integer'],
    ['priority', '1.5', '42804', 'is of type numeric; it must be integer'],
    ['run_at', 'at', '42804', 'is of type timestamp without time zone; it must be timestamptz'],
    ['search_attributes', 'n', '42804', 'is of type integer; it must be jsonb'],
    ['start_when', 'count(*) > 1', '42803', 'does not compile: aggregate functions are not allowed in WHERE'],
    [
      'input',
      `jsonb_array_elements('[1, 2]')`,
      '0A000',
      'does not compile: set-returning functions are not allowed in WHERE',
    ],
    [
      'priority',
      'row_number() OVER ()',
      '42P20',
      'does not compile: window functions are not allowed in WHERE',
    ],
  ])('is refused: %s => %s', async (name, expression, code, words) => {
    const refusal = await tables.refusedQueue(columns, `, ${name} => $$${expression}$$`);
    expect(refusal).toMatchObject({ code, message: `the expression of ${name} ${words}` });
    expect(refusal.hint).not.toBe('');
  });

  test('is refused when it fails on a row that is there, saying which and why without a value', async () => {
    const name = await tables.create(columns);
    await tables.run(`INSERT INTO ${name} VALUES (1, 1, 'secret')`);
    const options = `, key => 'words::integer', input => 'jsonb_build_object(''n'', n)'`;
    const refusal = await tables.refusal(
      `SELECT switchyard.add_queue($1::text, $1::text::regclass, 'process', 'work' ${options})`,
      [name],
    );
    expect(refusal).toMatchObject({
      code: '22P02',
      message: `the expressions do not suit the rows of ${name}: EXPRESSION_FAILED: the expression of key failed on this row with SQLSTATE 22P02`,
    });
    await tables.addQueue(name, name, `${options}, start_when => $$NEW.words ~ '^[0-9]+$'$$`);
  });

  test('is refused when it makes an input of a row that is there which JSON cannot say', async () => {
    const name = await tables.create('id bigint PRIMARY KEY');
    await tables.run(`INSERT INTO ${name} VALUES (9007199254740993)`);
    const add = `SELECT switchyard.add_queue($1::text, $1::text::regclass, 'process', 'work'`;
    expect(await tables.refusal(`${add})`, [name])).toMatchObject({
      code: '22023',
      message: `the expressions do not suit the rows of ${name}: INPUT_NOT_JSON: the column id holds a number beyond 2^53, which readers of JSON would change; use NEW.id::text`,
    });
    await tables.run(`${add}, input => 'jsonb_build_object(''id'', NEW.id::text)')`, [name]);
  });

  test('is refused over an empty table when only its evaluation shows it', async () => {
    await tables.run(
      `CREATE FUNCTION calls_nothing(n integer) RETURNS jsonb LANGUAGE plpgsql AS 'BEGIN RETURN nothing(n); END'`,
    );
    expect(await tables.refusedQueue(columns, `, input => 'calls_nothing(n)'`)).toMatchObject({
      code: '42883',
    });
  });

  test('may fail on a row of NULLs, which is none that comes', async () => {
    await tables.attach(columns, `, input => $$jsonb_build_object('x', 1 / coalesce(n, 0))$$`);
  });
});

describe('an expression', () => {
  test.each([
    ['NEW.n + 1', 6],
    ['n + 1', 6],
    ['n + 1 -- one more', 6],
    ['(SELECT max(n) FROM generate_series(1, NEW.n) AS n)', 5],
    [`CASE WHEN new."order" THEN 1 ELSE 0 END`, 1],
    [`(to_jsonb(NEW) ->> 'n')::integer`, 5],
  ])('%s sees the row', async (expression, value) => {
    const orders = await tables.attach(
      columns,
      `, start_when => 'order', input => $$jsonb_build_object('v', ${expression}\n)$$`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (1, 5, 'x', NULL, false), (2, 5, 'x', NULL, true)`);
    await tables.run(`UPDATE ${orders.name} SET "order" = true`);
    const job = { input: { v: value }, input_problem: null };
    expect(await orders.jobs()).toEqual([
      { id: '1', ...job },
      { id: '2', ...job },
    ]);
  });

  test('sees the search_path that add_queue was called with, not that of the writer', async () => {
    await tables.run(`CREATE SCHEMA tools; CREATE SCHEMA traps;
                      CREATE FUNCTION tools.double(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * n';
                      CREATE FUNCTION traps.double(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 666'`);
    const name = await tables.create(columns);
    const client = await tables.pool.connect();
    try {
      await client.query('SET search_path = tools, missing, "$user", public');
      await client.query(
        `SELECT switchyard.add_queue($1::text, $1::text::regclass, 'process', 'work', input => 'jsonb_build_object(''n'', double(n))')`,
        [name],
      );
      await client.query('SET search_path = traps');
      await client.query(`CREATE TEMP TABLE generate_series ()`);
      await client.query(`INSERT INTO public.${name} (id, n) VALUES (1, 4)`);
      await client.query(`SET search_path = pg_catalog`);
      await client.query(`UPDATE public.${name} SET n = 5`);
    } finally {
      client.release(true);
    }
    expect(await tables.table(name).jobs()).toMatchObject([{ input: { n: 8 } }]);
    expect(
      await tables.run('SELECT proconfig FROM pg_proc WHERE proname = $1', [`${name}_inserted`]),
    ).toEqual([{ proconfig: expect.arrayContaining(['search_path=tools, public, pg_temp']) }]);
  });

  test('is not evaluated for a row that starts no job', async () => {
    const orders = await tables.attach(
      columns,
      `, start_when => 'n > 0', input => $$jsonb_build_object('x', 10 / n)$$`,
    );
    await tables.run(`INSERT INTO ${orders.name} (id, n) VALUES (1, 0), (2, 5)`);
    expect(await orders.jobs()).toEqual([{ id: '2', input: { x: 2 }, input_problem: null }]);
  });

  test('follows its table: columns that come, go and change', async () => {
    const orders = await tables.attach(
      columns,
      `, start_when => $$NEW.words = 'go'$$, input => $$to_jsonb(NEW)$$`,
    );
    const client = await tables.pool.connect();
    const jobs = async () =>
      (await client.query(`SELECT input FROM switchyard_jobs."${orders.name}" ORDER BY id DESC LIMIT 1`))
        .rows[0].input;
    try {
      const write = async (id: number) => {
        await client.query(`INSERT INTO ${orders.name} (id) VALUES ($1)`, [id]);
        await client.query(`UPDATE ${orders.name} SET words = 'go' WHERE id = $1`, [id]);
        return jobs();
      };
      expect(await write(1)).toMatchObject({ id: 1, n: null });
      await client.query(`ALTER TABLE ${orders.name} ADD COLUMN more text DEFAULT 'm'`);
      expect(await write(2)).toMatchObject({ id: 2, more: 'm' });
      await client.query(`ALTER TABLE ${orders.name} DROP COLUMN n`);
      expect(await write(3)).toEqual({ id: 3, words: 'go', at: null, order: null, more: 'm' });
      await client.query(
        `ALTER TABLE ${orders.name} ALTER COLUMN more DROP DEFAULT, ALTER COLUMN more TYPE integer USING 5`,
      );
      await client.query(`ALTER TABLE ${orders.name} ALTER COLUMN more SET DEFAULT 7`);
      expect(await write(4)).toMatchObject({ id: 4, more: 7 });
      await client.query(`ALTER TABLE ${orders.name} RENAME TO ${orders.name}_renamed`);
      await client.query(`INSERT INTO ${orders.name}_renamed (id, words) VALUES (5, 'go')`);
      expect(await jobs()).toMatchObject({ id: 5 });
    } finally {
      client.release();
    }
  });
});
