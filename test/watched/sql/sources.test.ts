import { describe, expect, test } from 'vitest';
import { administer } from '../../support/database.ts';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

const id = 'id bigint PRIMARY KEY';
const add = `SELECT switchyard.add_queue('q' || left(md5($1::text), 30), $1::text::regclass, 'process', 'work')`;

describe('a source that is no ordinary table', () => {
  test.each([
    ['a view', 'CREATE VIEW $ AS SELECT 1 AS id'],
    ['a materialized view', 'CREATE MATERIALIZED VIEW $ AS SELECT 1 AS id'],
    ['a partitioned table', 'CREATE TABLE $ (id bigint PRIMARY KEY) PARTITION BY HASH (id)'],
    [
      'a partition',
      `CREATE TABLE $_all (id bigint PRIMARY KEY) PARTITION BY HASH (id);
                     CREATE TABLE $ PARTITION OF $_all FOR VALUES WITH (modulus 1, remainder 0)`,
    ],
    [
      'a table that inherits',
      'CREATE TABLE $_all (id bigint PRIMARY KEY); CREATE TABLE $ () INHERITS ($_all)',
    ],
    ['no table', 'CREATE SEQUENCE $'],
  ])('is refused: %s', async (kind, statement) => {
    const name = tables.newName();
    await tables.run(statement.replaceAll('$', name));
    const refusal = await tables.refusal(add, [name]);
    expect(refusal).toMatchObject({ code: '42809', message: `public.${name} is ${kind}` });
    expect(refusal.hint).toContain('create_queue');
  });

  test('is refused: a foreign table', async () => {
    await tables.asAdministrator(
      'CREATE FOREIGN DATA WRAPPER nothing',
      'CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing',
      'CREATE FOREIGN TABLE far_away (id bigint) SERVER nowhere',
      'ALTER FOREIGN TABLE far_away OWNER TO unprivileged',
    );
    expect(await tables.refusal(add, ['far_away'])).toMatchObject({
      message: 'public.far_away is a foreign table',
    });
  });

  test.each([
    ['pg_catalog.pg_class', 'a table of Postgres itself'],
    ['switchyard.pauses', 'a table of Switchyard itself'],
    ['switchyard.webhook_deliveries', 'a table of Switchyard itself'],
  ])('is refused: %s', async (name, kind) => {
    expect(await tables.refusal(add, [name])).toMatchObject({
      code: '42809',
      message: `${name.replace('pg_catalog.', '')} is ${kind}`,
    });
  });

  test('is refused: the job table of a queue', async () => {
    expect(await tables.refusal(add, ['letters'])).toMatchObject({
      message: 'public.letters is the job table of a queue already',
    });
  });

  test('is refused: a temporary table', async () => {
    const client = await tables.pool.connect();
    try {
      await client.query('CREATE TEMP TABLE passing (id bigint PRIMARY KEY)');
      await expect(client.query(add, ['passing'])).rejects.toThrow('is a temporary table');
    } finally {
      client.release(true);
    }
  });

  test("is refused: another's", async () => {
    await administer('CREATE ROLE somebody_else');
    try {
      await tables.asAdministrator(
        'CREATE TABLE theirs (id bigint PRIMARY KEY)',
        'ALTER TABLE theirs OWNER TO somebody_else',
      );
      expect(await tables.refusal(add, ['theirs'])).toEqual({
        code: '42501',
        message: 'public.theirs belongs to somebody_else, and unprivileged may not put triggers on it',
        hint: 'Call add_queue as its owner, or GRANT somebody_else TO unprivileged.',
      });
      await tables.asAdministrator('DROP TABLE IF EXISTS theirs');
    } finally {
      await administer('DROP ROLE somebody_else');
    }
  });

  test('is refused: one that is not there', async () => {
    expect(await tables.refusal(add, ['missing'])).toMatchObject({ code: '42P01' });
    expect(
      await tables.refusal(`SELECT switchyard.add_queue('nothing', NULL, 'process', 'work')`),
    ).toMatchObject({ code: '42P01', message: 'add_queue needs a table for the queue "nothing"' });
  });
});

describe('the id', () => {
  test.each([
    ['none', 'n integer', '', '42P16', 'public.$ has no primary key'],
    [
      'several columns',
      'a integer, b integer, PRIMARY KEY (a, b)',
      '',
      '42P16',
      'the primary key of public.$ has several columns: a, b',
    ],
    ['unknown', id, `, id => 'nr'`, '42703', 'public.$ has no column "nr" for the id'],
    [
      'may be NULL',
      `${id}, nr integer UNIQUE`,
      `, id => 'nr'`,
      '42P16',
      'the column nr of public.$ may be NULL',
    ],
    [
      'not unique',
      `${id}, nr integer NOT NULL`,
      `, id => 'nr'`,
      '42P16',
      'the column nr of public.$ is not unique by itself',
    ],
    [
      'unique with another',
      `${id}, nr integer NOT NULL, UNIQUE (nr, id)`,
      `, id => 'nr'`,
      '42P16',
      'the column nr of public.$ is not unique by itself',
    ],
    ['a date', 'day date PRIMARY KEY', '', '42804', 'the column day of public.$ is of type date'],
    ['numeric', 'id numeric PRIMARY KEY', '', '42804', 'the column id of public.$ is of type numeric'],
    ['char(3)', 'id char(3) PRIMARY KEY', '', '42804', 'the column id of public.$ is of type character(3)'],
  ])('is refused: %s', async (_, columns, options, code, message) => {
    const refusal = await tables.refusedQueue(columns, options);
    expect(refusal).toMatchObject({ code, message });
    expect(refusal.hint).not.toBe('');
  });

  test('is refused: unique for some rows', async () => {
    const name = await tables.create(`${id}, nr integer NOT NULL`);
    await tables.run(`CREATE UNIQUE INDEX ON ${name} (nr) WHERE nr > 5`);
    expect(
      await tables.refusal(`SELECT switchyard.add_queue('x', $1, 'process', 'work', id => 'nr')`, [name]),
    ).toMatchObject({ message: `the column nr of public.${name} is not unique by itself` });
  });

  test.each([
    ['smallint', 'bigint', '7'],
    ['integer', 'bigint', '7'],
    ['bigint', 'bigint', '7'],
    ['uuid', 'uuid', '11111111-2222-3333-4444-555555555555'],
    ['text', 'text', `it's "7"`],
    ['varchar(20)', 'text', 'seven'],
    ['positive', 'bigint', '7'],
  ])('of type %s makes ids of type %s', async (type, made, value) => {
    await tables.run(`CREATE DOMAIN positive AS bigint CHECK (value > 0)`).catch(() => undefined);
    const orders = await tables.attach(`id ${type} PRIMARY KEY`);
    await tables.run(`INSERT INTO ${orders.name} VALUES ($1)`, [value]);
    expect(await orders.jobs('id::text, pg_typeof(id)::text AS type, workflow_id')).toEqual([
      { id: value, type: made, workflow_id: `${orders.name}:${value}` },
    ]);
  });

  test('may be a unique column in place of the primary key', async () => {
    const orders = await tables.attach(
      'a integer, b integer, nr text NOT NULL UNIQUE, PRIMARY KEY (a, b)',
      `, id => 'nr'`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (1, 2, 'x-1')`);
    expect(await orders.jobs('id, input')).toEqual([{ id: 'x-1', input: { id: 'x-1' } }]);
  });
});

describe('the workflow id', () => {
  test('that is empty makes a job that fails', async () => {
    const orders = await tables.attach(`${id}, slug text UNIQUE`, `, workflow_id => '{slug}'`);
    await tables.run(`INSERT INTO ${orders.name} VALUES (7, '')`);
    expect(await orders.jobs('workflow_id, input_problem')).toEqual([
      { workflow_id: `${orders.name}:7`, input_problem: 'EXPRESSION_FAILED: the workflow id is empty' },
    ]);
  });

  test.each([
    ['order-{nr}', '42703', 'the workflow id "order-{nr}" names a column that public.$ has not: "nr"'],
    ['order', '22023', 'several rows of public.$ would have the workflow id "order"'],
    ['order-{customer}', '22023', 'several rows of public.$ would have the workflow id "order-{customer}"'],
    ['order-{id', '22023', 'the workflow id "order-{id" is no template'],
    ['order-{}', '22023', 'the workflow id "order-{}" is no template'],
    ['{customer}{id}', '22023', 'the workflow id "{customer}{id}" is no template'],
    ['', '22023', 'several rows of public.$ would have the workflow id ""'],
  ])('is refused: %s', async (template, code, message) => {
    const refusal = await tables.refusedQueue(`${id}, customer text`, `, workflow_id => '${template}'`);
    expect(refusal).toMatchObject({ code, message });
  });

  test.each([
    ['order-{id}', 'order-7'],
    ['{Slug No}/{customer}/x', `it's/acme/x`],
  ])('%s names the workflow', async (template, workflowId) => {
    const orders = await tables.attach(
      `${id}, customer text, "Slug No" text UNIQUE`,
      `, workflow_id => '${template}'`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (7, 'acme', 'it''s')`);
    expect(await orders.jobs('workflow_id, input_problem')).toEqual([
      { workflow_id: workflowId, input_problem: null },
    ]);
  });

  test('with a column that is NULL makes a job that fails', async () => {
    const orders = await tables.attach(`${id}, slug text UNIQUE`, `, workflow_id => 'order-{slug}'`);
    await tables.run(`INSERT INTO ${orders.name} VALUES (7, NULL)`);
    expect(await orders.jobs('workflow_id, input_problem')).toEqual([
      {
        workflow_id: `${orders.name}:7`,
        input_problem: 'EXPRESSION_FAILED: a column of the workflow id is NULL',
      },
    ]);
  });
});

describe('the mirror', () => {
  const columns = `${id}, job_status text, state text GENERATED ALWAYS AS ('x') STORED, number integer, moment date, required text NOT NULL DEFAULT '', few few_words`;

  test.each([
    ['[]', '22023', 'mirror must be an object of columns by fields of the job'],
    ['{}', '22023', 'mirror must be an object of columns by fields of the job'],
    ['{"status": 1}', '22023', 'mirror must be an object of columns by fields of the job'],
    ['{"color": "job_status"}', '22023', 'mirror names a field that jobs have not: "color"'],
    ['{"status": "nothing"}', '42703', 'mirror names a column that public.$ has not: "nothing"'],
    ['{"status": "id"}', '42P16', 'the column id of public.$ cannot be written by the mirror'],
    ['{"status": "state"}', '42P16', 'the column state of public.$ cannot be written by the mirror'],
    ['{"status": "job_status", "run_id": "job_status"}', '42701', 'mirror names the column job_status twice'],
    [
      '{"error_code": "required"}',
      '42P16',
      'the column required of public.$ is NOT NULL, and error_code of a job may be NULL',
    ],
    [
      '{"result": "moment"}',
      '42804',
      'the column moment of public.$ is of type date, which cannot take result of a job',
    ],
    [
      '{"started_at": "number"}',
      '42804',
      'the column number of public.$ is of type integer, which cannot take started_at of a job',
    ],
    [
      '{"status": "few"}',
      '42804',
      'the type public.few_words of the column few of public.$ lacks words for the status of jobs: processing, complete, failed, canceled',
    ],
  ])('is refused: %s', async (mirror, code, message) => {
    await tables.run(`CREATE TYPE few_words AS ENUM ('queued')`).catch(() => undefined);
    expect(await tables.refusedQueue(columns, `, mirror => '${mirror}'`)).toMatchObject({ code, message });
  });

  test('into columns that fit marks jobs from the start, and the starter may write it', async () => {
    const orders = await tables.attach(
      `${id}, job_status text NOT NULL DEFAULT '', outcome jsonb, ended timestamptz`,
      `, mirror => '{"status": "job_status", "result": "outcome", "completed_at": "ended"}'`,
    );
    await tables.run(`INSERT INTO ${orders.name} VALUES (7)`);
    expect(await orders.jobs('mirror_due')).toEqual([{ mirror_due: true }]);
    const may = (column: string) =>
      `has_column_privilege('switchyard_starter', '${orders.name}', '${column}', 'UPDATE')`;
    const rights = `SELECT ${may('job_status')} AS status, ${may('ended')} AS ended, ${may('id')} AS id`;
    expect(await tables.run(rights)).toEqual([{ status: true, ended: true, id: false }]);
    await tables.run('SELECT switchyard.drop_queue($1)', [orders.name]);
    expect(await tables.run(rights)).toEqual([{ status: false, ended: false, id: false }]);
  });
});
