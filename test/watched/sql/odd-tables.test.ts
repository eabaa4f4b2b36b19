import { expect, test } from 'vitest';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

test('a table and columns whose names need quotes', async () => {
  await tables.run(`CREATE SCHEMA "my.shop's"`);
  await tables.run(
    `CREATE TABLE "my.shop's"."Order ""Items""" ("Id; no" bigint PRIMARY KEY, "order" text, "select" integer, new text, job text, rows text, "%s" text, "Job Status" text)`,
  );
  await tables.run(
    `SELECT switchyard.add_queue('items', '"my.shop''s"."Order ""Items"""', 'process', 'work', workflow_id => 'item-{Id; no}', key => 'order', priority => 'select',
       start_when => $$"order" <> 'draft' AND new <> 'x' AND NEW.job LIKE 'j%'$$, input => $$jsonb_build_object('new', NEW.new, 'rows', rows, '%s', "%s", 'no', NEW."Id; no")$$, mirror => '{"status": "Job Status"}')`,
  );
  const insert = `INSERT INTO "my.shop's"."Order ""Items""" ("Id; no", "order", "select", new, job, rows, "%s") VALUES`;
  await tables.run(`${insert} (1, 'a', 5, 'n', 'j', 'r', 's'), (2, 'draft', 5, 'n', 'j', 'r', 's')`);
  await tables.run(`UPDATE "my.shop's"."Order ""Items""" SET "order" = 'b' WHERE "Id; no" = 2`);
  await tables.run(`ALTER TABLE "my.shop's"."Order ""Items""" DISABLE TRIGGER USER; ${insert} (3, 'c', 5, 'n', 'j', 'r', 's');
                    ALTER TABLE "my.shop's"."Order ""Items""" ENABLE TRIGGER USER`);
  await tables.run(`CALL switchyard.enqueue_existing('items', '"select" = 5')`);
  await tables.run(`DELETE FROM "my.shop's"."Order ""Items""" WHERE "Id; no" = 1`);
  const row = (no: number) => ({ no, new: 'n', rows: 'r', '%s': 's' });
  expect(
    await tables.table('items').jobs('workflow_id, input, input_problem, key, priority, status'),
  ).toEqual([
    {
      workflow_id: 'item-1',
      input: row(1),
      input_problem: null,
      key: 'a',
      priority: 5,
      status: 'canceled',
    },
    {
      workflow_id: 'item-2',
      input: row(2),
      input_problem: null,
      key: 'b',
      priority: 5,
      status: 'queued',
    },
    {
      workflow_id: 'item-3',
      input: row(3),
      input_problem: null,
      key: 'c',
      priority: 5,
      status: 'queued',
    },
  ]);
  await tables.run(`SELECT switchyard.drop_queue('items')`);
});

test('a row whose expressions fail in such a table', async () => {
  const name = await tables.create(`"Id; no" bigint PRIMARY KEY, "a""b" integer, words text`);
  await tables.addQueue(
    name,
    name,
    `, start_when => $$words <> ''$$, input => $$jsonb_build_object('x', 10 / "a""b", 'words', words)$$`,
  );
  await tables.run(`INSERT INTO ${name} VALUES (1, 0, 'a'), (2, 2, 'it''s, (a) "b" \\c')`);
  expect(await tables.table(name).jobs('input, input_problem IS NOT NULL AS failed')).toEqual([
    { input: null, failed: true },
    { input: { x: 5, words: `it's, (a) "b" \\c` }, failed: false },
  ]);
});

test('generated columns, enums, domains, arrays, composites and dropped columns', async () => {
  await tables.run(`CREATE TYPE phase AS ENUM ('draft', 'paid'); CREATE DOMAIN amount AS numeric CHECK (value >= 0);
                    CREATE TYPE place AS (street text, number integer)`);
  const name =
    await tables.create(`gone text, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), phase phase, total amount, tags text[], place place,
                                    also_gone integer, double numeric GENERATED ALWAYS AS (total * 2) STORED`);
  await tables.run(`ALTER TABLE ${name} DROP COLUMN gone, DROP COLUMN also_gone`);
  await tables.addQueue(
    name,
    name,
    `, start_when => $$phase = 'paid'$$, key => 'phase', input => $$jsonb_build_object('total', total, 'double', NEW.double, 'tags', tags, 'street', (place).street, 'share', 10 / total)$$`,
  );
  await tables.run(
    `INSERT INTO ${name} (phase, total, tags, place) VALUES ('draft', 5, '{a,b}', ('x', 1)), ('paid', 0, '{}', NULL)`,
  );
  await tables.run(`UPDATE ${name} SET phase = 'paid'`);
  expect(
    await tables.run(`SELECT input, input_problem, key FROM switchyard_jobs."${name}" ORDER BY input`),
  ).toEqual([
    {
      input: { total: 5, double: 10, tags: ['a', 'b'], street: 'x', share: 2 },
      input_problem: null,
      key: 'paid',
    },
    {
      input: null,
      input_problem: 'EXPRESSION_FAILED: the expression of input failed on this row with SQLSTATE 22012',
      key: 'paid',
    },
  ]);
});

test('a virtual generated column is refused, where Postgres has them', async () => {
  const [server] = await tables.run(`SELECT current_setting('server_version_num')::integer AS version`);
  if (Number(server?.['version']) < 180_000) return;
  const columns = 'id bigint PRIMARY KEY, n integer, "two times" integer GENERATED ALWAYS AS (n * 2) VIRTUAL';
  for (const given of [`start_when => 'NEW."Two Times" > 5'`, `key => 'two times'`]) {
    const refusal = await tables.refusedQueue(columns, `, ${given}`);
    expect(refusal).toMatchObject({ code: '0A000', hint: expect.stringContaining('(n * 2)') });
  }
  await tables.attach(columns, `, start_when => 'n > 5'`);
});

test('a table with triggers of its own, which change the row and write other rows', async () => {
  const orders = await tables.attach(
    'id bigint PRIMARY KEY, n integer',
    `, start_when => 'n > 10', input => $$jsonb_build_object('n', n)$$`,
  );
  await tables.run(`CREATE FUNCTION ${orders.name}_raise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 10; RETURN NEW; END $$;
                    CREATE TRIGGER raise BEFORE INSERT ON ${orders.name} FOR EACH ROW EXECUTE FUNCTION ${orders.name}_raise();
                    CREATE FUNCTION ${orders.name}_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                      IF NEW.id < 3 THEN INSERT INTO ${orders.name} VALUES (NEW.id + 1, NEW.n); END IF; RETURN NULL; END $$;
                    CREATE TRIGGER more AFTER INSERT ON ${orders.name} FOR EACH ROW EXECUTE FUNCTION ${orders.name}_more()`);
  await tables.run(`INSERT INTO ${orders.name} VALUES (1, 5)`);
  expect(await orders.jobs('id, input')).toEqual([
    { id: '1', input: { n: 15 } },
    { id: '2', input: { n: 25 } },
    { id: '3', input: { n: 35 } },
  ]);
});

test('rows that a foreign key deletes', async () => {
  const parent = await tables.create('id bigint PRIMARY KEY');
  const orders = await tables.attach(
    `id bigint PRIMARY KEY, parent bigint REFERENCES ${parent} ON DELETE CASCADE`,
  );
  await tables.run(`INSERT INTO ${parent} VALUES (1); INSERT INTO ${orders.name} VALUES (7, 1)`);
  await tables.run(`DELETE FROM ${parent}`);
  expect(await orders.jobs('status')).toEqual([{ status: 'canceled' }]);
});

test('a table with one column, and rows of a megabyte', async () => {
  const one = await tables.attach('id text PRIMARY KEY');
  await tables.run(`INSERT INTO ${one.name} VALUES ('a')`);
  expect(await one.jobs()).toEqual([{ id: 'a', input: { id: 'a' }, input_problem: null }]);
  const large = await tables.attach(
    'id bigint PRIMARY KEY, photo bytea, n integer',
    `, input => $$jsonb_build_object('x', 10 / n)$$`,
  );
  await tables.run(
    `INSERT INTO ${large.name} SELECT i, convert_to(repeat('x', 1000000), 'UTF8'), i % 8 FROM generate_series(1, 24) AS i`,
  );
  expect(
    await tables.run(
      `SELECT count(*)::integer, count(input_problem)::integer AS failed FROM switchyard_jobs."${large.name}"`,
    ),
  ).toEqual([{ count: 24, failed: 3 }]);
});

test('a session whose settings change how values are written', async () => {
  const orders = await tables.attach(
    'id bigint PRIMARY KEY, price float8, at timestamptz, n integer',
    `, run_at => 'at', input => $$jsonb_build_object('price', NEW.price, 'x', 10 / n)$$`,
  );
  const client = await tables.pool.connect();
  try {
    await client.query(`SET extra_float_digits = -3; SET DateStyle = 'German, DMY'; SET TimeZone = 'Asia/Kolkata'; SET IntervalStyle = iso_8601;
                        SET standard_conforming_strings = off; SET bytea_output = escape`);
    await client.query(
      `INSERT INTO ${orders.name} VALUES (1, 0.1234567890123456, '3000-02-01 00:00:00Z', 0), (2, 0.1234567890123456, '3000-02-01 00:00:00Z', 1)`,
    );
  } finally {
    client.release(true);
  }
  const at = new Date('3000-02-01T00:00:00Z');
  expect(await orders.jobs('id, run_at, input_problem IS NOT NULL AS failed')).toEqual([
    { id: '1', run_at: at, failed: true },
    { id: '2', run_at: at, failed: false },
  ]);
});

test('rows that a replica writes start nothing, and a writer with row security starts jobs', async () => {
  const orders = await tables.attach('id bigint PRIMARY KEY');
  await tables.run(`ALTER TABLE ${orders.name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
                    CREATE POLICY own ON ${orders.name} USING (id > 5) WITH CHECK (true)`);
  await tables.run(`INSERT INTO ${orders.name} VALUES (1)`);
  await tables.asAdministrator(
    `SET session_replication_role = replica`,
    `INSERT INTO ${orders.name} VALUES (2)`,
  );
  expect(await orders.jobs('id')).toEqual([{ id: '1' }]);
});
