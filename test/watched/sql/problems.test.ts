import { describe, expect, test } from 'vitest';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

const id = 'id bigint PRIMARY KEY';
const failed = (what: string, code: string) =>
  `EXPRESSION_FAILED: the expression of ${what} failed on this row with SQLSTATE ${code}`;

describe('an expression that fails on a row', () => {
  test('fails its job alone, and the writer goes on', async () => {
    const orders = await tables.attach(
      `${id}, n integer, customer text`,
      `, key => 'customer', input => $$jsonb_build_object('x', 10 / n)$$`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (1, 5, 'a'), (2, 0, 'b'), (3, 2, 'c')`);
    expect(await orders.jobs('id, key, input, input_problem, status')).toEqual([
      { id: '1', key: 'a', input: { x: 2 }, input_problem: null, status: 'queued' },
      { id: '2', key: 'b', input: null, input_problem: failed('input', '22012'), status: 'queued' },
      { id: '3', key: 'c', input: { x: 5 }, input_problem: null, status: 'queued' },
    ]);
  });

  test.each([
    ['start_when', '10 / n > 0', '22012'],
    ['key', '(10 / n)::text', '22012'],
    ['priority', 'n + 2147483647 + 1', '22003'],
    ['run_at', '(words)::timestamptz', '22007'],
    ['search_attributes', 'words::jsonb', '22P02'],
  ])('is named: %s', async (name, expression, code) => {
    const orders = await tables.attach(`${id}, n integer, words text`, `, ${name} => $$${expression}$$`);
    await tables.run(`INSERT INTO ${orders.name} VALUES (1, 0, 'secret words')`);
    expect(await orders.jobs()).toEqual([{ id: '1', input: null, input_problem: failed(name, code) }]);
  });

  test('among many fails only theirs', async () => {
    const orders = await tables.attach(
      `${id}, n integer`,
      `, start_when => 'n <> 3', input => $$jsonb_build_object('x', 10 / n)$$`,
    );
    await tables.run(`INSERT INTO ${orders.name} SELECT i, i % 4 FROM generate_series(1, 1000) AS i`);
    const counted = `SELECT count(*)::integer AS jobs, count(input_problem)::integer AS failed FROM switchyard_jobs."${orders.name}"`;
    expect(await tables.run(counted)).toEqual([{ jobs: 750, failed: 250 }]);
    await tables.run(`UPDATE ${orders.name} SET n = (id / 4) % 2 WHERE n = 3`);
    expect(await tables.run(counted)).toEqual([{ jobs: 1000, failed: 375 }]);
  });

  test('on the row before an UPDATE counts as not true', async () => {
    const orders = await tables.attach(`${id}, n integer`, `, start_when => '10 / n > 0'`);
    await tables.run(`ALTER TABLE ${orders.name} DISABLE TRIGGER USER; INSERT INTO ${orders.name} VALUES (1, 0), (2, 1);
                      ALTER TABLE ${orders.name} ENABLE TRIGGER USER`);
    await tables.run(`UPDATE ${orders.name} SET n = 2`);
    expect(await orders.jobs()).toEqual([{ id: '1', input: { id: 1 }, input_problem: null }]);
  });

  test.each([
    ['a column that is gone', 'DROP COLUMN n', '42703'],
    ['a column of another type', 'ALTER COLUMN n TYPE text', '42883'],
  ])('because of %s fails jobs, not writers', async (_, change, code) => {
    const orders = await tables.attach(`${id}, n integer`, `, input => $$jsonb_build_object('x', 10 / n)$$`);
    await tables.run(`ALTER TABLE ${orders.name} ${change}`);
    await tables.run(`INSERT INTO ${orders.name} (id) VALUES (1)`);
    expect(await orders.jobs()).toEqual([{ id: '1', input: null, input_problem: failed('input', code) }]);
  });

  test.each([
    ['serialization_failure', '40001'],
    ['deadlock_detected', '40P01'],
    ['lock_not_available', '55P03'],
    ['disk_full', '53100'],
  ])("with an error that passes is the writer's: %s", async (condition, code) => {
    await tables.run(
      `CREATE FUNCTION fails_with_${condition}(n integer) RETURNS jsonb LANGUAGE plpgsql STRICT AS $$ BEGIN RAISE ${condition}; END $$`,
    );
    const orders = await tables.attach(`${id}, n integer`, `, input => 'fails_with_${condition}(n)'`);
    expect(await tables.refusal(`INSERT INTO ${orders.name} VALUES (1, 1)`)).toMatchObject({ code });
    expect(await orders.jobs()).toEqual([]);
  });

  test("does not swallow the writer's statement_timeout", async () => {
    const orders = await tables.attach(
      `${id}, n integer`,
      `, start_when => 'n > 0', input => 'to_jsonb(pg_sleep(n)::text)'`,
    );
    const client = await tables.pool.connect();
    try {
      await client.query(`SET statement_timeout = '50ms'`);
      await expect(client.query(`INSERT INTO ${orders.name} VALUES (1, 60)`)).rejects.toMatchObject({
        code: '57014',
      });
    } finally {
      client.release(true);
    }
    expect(await orders.jobs()).toEqual([]);
  });

  test('is evaluated again by a retry, with the row as it is then', async () => {
    const orders = await tables.attach(
      `${id}, n integer`,
      `, start_when => 'n < 5', input => $$jsonb_build_object('x', 10 / n)$$`,
    );
    const jobs = `switchyard_jobs."${orders.name}"`;
    const fail = `UPDATE ${jobs} SET status = 'failed', error_code = 'EXPRESSION_FAILED'`;
    const retry = async () => {
      await tables.run(fail);
      await tables.run(`SELECT switchyard.retry($1, 1)`, [orders.name]);
      return orders.jobs('input, input_problem, status');
    };
    await tables.run(`INSERT INTO ${orders.name} VALUES (1, 0)`);
    expect(await retry()).toEqual([
      { input: null, input_problem: failed('input', '22012'), status: 'queued' },
    ]);
    await tables.run(`UPDATE ${orders.name} SET n = 10`);
    expect(await retry()).toEqual([{ input: { x: 1 }, input_problem: null, status: 'queued' }]);
    await tables.run(`UPDATE ${orders.name} SET n = 5`);
    expect(await retry()).toMatchObject([{ input: { x: 1 } }]);
    await tables.run(`UPDATE ${jobs} SET input_problem = 'X: x'`);
    await tables.run(`DROP TABLE ${orders.name}`);
    expect(await retry()).toMatchObject([{ input: { x: 1 }, input_problem: 'X: x', status: 'queued' }]);
  });
});

test('a key longer than an index takes fails its job alone, until its row is mended', async () => {
  const orders = await tables.attach(`${id}, customer text`, `, key => 'customer', priority => 'id'`);
  const long = `(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 100) AS n)`;
  await tables.run(
    `INSERT INTO ${orders.name} SELECT n, CASE n WHEN 2 THEN ${long} ELSE 'acme' END FROM generate_series(1, 2) AS n`,
  );
  const problem = 'EXPRESSION_FAILED: the key has 3200 bytes; it may have 1000';
  expect(await orders.jobs('key, input_problem')).toEqual([
    { key: 'acme', input_problem: null },
    { key: null, input_problem: problem },
  ]);
  await tables.run(`UPDATE ${orders.name} SET customer = 'zenith' WHERE id = 2`);
  await tables.run(
    `UPDATE switchyard_jobs."${orders.name}" SET status = 'failed', error_code = 'X' WHERE id = 2`,
  );
  await tables.run(`SELECT switchyard.retry('${orders.name}', 2)`);
  expect((await orders.jobs('key, priority, input_problem'))[1]).toEqual({
    key: 'zenith',
    priority: 2,
    input_problem: null,
  });
});

describe('a value that JSON cannot say', () => {
  const number = (column: string) =>
    `INPUT_NOT_JSON: the column ${column} holds a number beyond 2^53, which readers of JSON would change; use NEW.${column}::text`;
  const bytes = (column: string) =>
    `INPUT_NOT_JSON: the column ${column} holds bytes, which JSON cannot say; use encode(NEW.${column}, 'base64')`;
  const infinite = (column: string) =>
    `INPUT_NOT_JSON: the column ${column} holds NaN or infinity, which JSON cannot say; use nullif(NEW.${column}, …) or CASE`;

  test.each([
    ['bigint', '9007199254740993', number('v')],
    ['bigint', '-9223372036854775808', number('v')],
    ['numeric', '1e400', number('v')],
    ['numeric', '12345678901234567890.5', number('v')],
    ['bigint[]', '{1,9007199254740993}', number('v')],
    ['bytea', '\\xdead', bytes('v')],
    ['bytea[]', '{"\\\\xdead"}', bytes('v')],
    ['double precision', 'NaN', infinite('v')],
    ['real', '-Infinity', infinite('v')],
    ['numeric', 'NaN', infinite('v')],
    ['float8[]', '{1,Infinity}', infinite('v')],
    ['date', 'infinity', infinite('v')],
    ['timestamp', '-infinity', infinite('v')],
    ['timestamptz', 'infinity', infinite('v')],
    ['ratio', 'NaN', infinite('v')],
  ])('fails its job: %s %s', async (type, value, problem) => {
    await tables.run('CREATE DOMAIN ratio AS double precision').catch(() => undefined);
    const orders = await tables.attach(
      `id integer PRIMARY KEY, v ${type}, other text`,
      `, input => 'to_jsonb(NEW)'`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (1, $1)`, [value]);
    expect(await orders.jobs('input_problem')).toEqual([{ input_problem: problem }]);
  });

  test.each([
    ['bigint', '9007199254740992'],
    ['numeric', '9007199254740994'],
    ['numeric', '0.33333333333333333333'],
    ['double precision', '1.7976931348623157e308'],
    ['timestamptz', '2026-01-01'],
    ['text', 'NaN'],
    ['text', '\\xdead'],
    ['text', '12345678901234567890'],
    ['bytea', null],
  ])('is none: %s %s', async (type, value) => {
    const orders = await tables.attach(`id integer PRIMARY KEY, v ${type}`, `, input => 'to_jsonb(NEW)'`);
    await tables.run(`INSERT INTO ${orders.name} VALUES (1, $1)`, [value]);
    expect(await orders.jobs('input_problem')).toEqual([{ input_problem: null }]);
  });

  test('is none when the input does not say it', async () => {
    const orders = await tables.attach(
      'id bigint PRIMARY KEY, photo bytea, price float8',
      `, input => $$jsonb_build_object('id', NEW.id::text, 'photo', encode(NEW.photo, 'base64'), 'price', nullif(NEW.price, 'NaN'))$$`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (9007199254740993, '\\xdead', 'NaN')`);
    expect(await orders.jobs('input, input_problem')).toEqual([
      { input: { id: '9007199254740993', photo: '3q0=', price: null }, input_problem: null },
    ]);
  });

  test('of no column is named by its place', async () => {
    const orders = await tables.attach(
      'id bigint PRIMARY KEY',
      `, input => $$jsonb_build_object('a', jsonb_build_array(1, NEW.id * 10))$$`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (900719925474099)`);
    await tables.run(`INSERT INTO ${orders.name} VALUES (900719925474099311)`);
    expect(await orders.jobs('input_problem')).toEqual([
      { input_problem: null },
      {
        input_problem:
          'INPUT_NOT_JSON: the number at $.a[1] is beyond 2^53, which readers of JSON would change; make it a text',
      },
    ]);
  });
});

test('arguments that are no array, and search attributes that are no object, fail the job', async () => {
  const orders = await tables.attach(
    `${id}, v jsonb, s jsonb`,
    `, input => 'v', input_is_args => true, search_attributes => 's'`,
  );
  await tables.run(
    `INSERT INTO ${orders.name} VALUES (1, '[1]', '{}'), (2, '{}', '{}'), (3, '[]', '[]'), (4, NULL, NULL)`,
  );
  expect(await orders.jobs('input_problem')).toEqual([
    { input_problem: null },
    {
      input_problem:
        'EXPRESSION_FAILED: the input must be a JSON array of arguments, as the queue has input_is_args',
    },
    { input_problem: 'EXPRESSION_FAILED: search_attributes must be a JSON object of names and values' },
    { input_problem: null },
  ]);
});
