import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { administer } from '../../support/database.ts';
import { withUser } from '../../support/database-name.ts';
import { shareTables, Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

const alter = (name: string, changes: Record<string, unknown>) =>
  tables.run('SELECT switchyard.alter_queue($1, $2)', [name, JSON.stringify(changes)]);

const refusal = (name: string, changes: unknown) =>
  tables.refusal('SELECT switchyard.alter_queue($1, $2)', [name, JSON.stringify(changes)]);

async function definition(name: string, fields: string) {
  return (await tables.run(`SELECT ${fields} FROM switchyard.queues WHERE name = $1`, [name]))[0];
}

test('expressions that change hold for rows that are written from then on', async () => {
  const { name, jobs } = await tables.attach('id integer PRIMARY KEY, state text', `, key => 'state'`);
  await tables.run(`INSERT INTO ${name} VALUES (1, 'open')`);

  await alter(name, {
    start_when: `NEW.state = 'paid'`,
    input: 'jsonb_build_object($$order$$, NEW.id)',
    workflow_id: 'order-{id}',
    key: null,
  });
  await tables.run(`INSERT INTO ${name} VALUES (2, 'open'), (3, 'paid')`);
  await tables.run(`UPDATE ${name} SET state = 'paid' WHERE id = 2`);

  expect(await jobs('id, workflow_id, key, input')).toEqual([
    { id: '1', workflow_id: `${name}:1`, key: 'open', input: { id: 1 } },
    { id: '2', workflow_id: 'order-2', key: null, input: { order: 2 } },
    { id: '3', workflow_id: 'order-3', key: null, input: { order: 3 } },
  ]);
  // An UPDATE starts nothing any more.
  await alter(name, { start_when: null });
  await tables.run(`INSERT INTO ${name} VALUES (4, 'open')`);
  await tables.run(`DELETE FROM switchyard_jobs.${name} WHERE id < 3`);
  await tables.run(`UPDATE ${name} SET state = 'paid again'`);
  expect(await jobs('id')).toEqual([{ id: '3' }, { id: '4' }]);
});

test('what is no expression changes without a lock on the table', async () => {
  const { name } = await tables.attach('id integer PRIMARY KEY');
  const writer = await tables.pool.connect();
  try {
    await writer.query(`BEGIN; INSERT INTO ${name} VALUES (1)`);

    await alter(name, { workflow: 'later', max_in_flight: 3, fair: false, run_timeout: '2 hours' });

    await writer.query('COMMIT');
  } finally {
    writer.release();
  }
  expect(await definition(name, 'workflow, task_queue, max_in_flight, fair, run_timeout::text')).toEqual({
    workflow: 'later',
    task_queue: 'work',
    max_in_flight: 3,
    fair: false,
    run_timeout: '02:00:00',
  });
  await alter(name, { max_in_flight: null, fair: null });
  expect(await definition(name, 'workflow, max_in_flight, fair')).toEqual({
    workflow: 'later',
    max_in_flight: null,
    fair: true,
  });
});

test('a mirror comes, changes and goes', async () => {
  const { name, jobs } = await tables.attach('id integer PRIMARY KEY, job_status text, other text');
  const due = async (id: number) => {
    await tables.run(`INSERT INTO ${name} VALUES ($1)`, [id]);
    const [job] = (await jobs('id, mirror_due')).filter((each) => each['id'] === String(id));
    return job?.['mirror_due'];
  };
  expect(await due(1)).toBe(false);

  await alter(name, { mirror: { status: 'job_status' } });
  expect(await due(2)).toBe(true);
  await tables.run(`UPDATE switchyard_jobs.${name} SET status = 'canceled' WHERE id = 1`);
  expect(await jobs('id, mirror_due')).toEqual([
    { id: '1', mirror_due: true },
    { id: '2', mirror_due: true },
  ]);

  await alter(name, { mirror: { status: 'other' } });
  expect(await definition(name, 'mirror')).toEqual({ mirror: { status: 'other' } });
  await alter(name, { mirror: null });
  expect(await due(3)).toBe(false);
  await tables.run(`UPDATE switchyard_jobs.${name} SET status = 'canceled' WHERE id = 2`);
  expect((await jobs('mirror_due')).map((job) => job['mirror_due'])).toEqual([false, false, false]);
});

test('a queue without a table takes what it has', async () => {
  const name = tables.newName();
  await tables.run('SELECT switchyard.create_queue($1, $2, $3)', [name, 'process', 'work']);

  await alter(name, { task_queue: 'other', input_is_args: true });

  expect(await definition(name, 'task_queue, input_is_args')).toEqual({
    task_queue: 'other',
    input_is_args: true,
  });
  expect(await refusal(name, { key: 'state' })).toMatchObject({
    message: `key is for queues of a table, and "${name}" has none`,
  });
});

test('what is refused leaves all as it was', async () => {
  const { name, jobs } = await tables.attach('id integer PRIMARY KEY, state text');
  await tables.run(`INSERT INTO ${name} VALUES (1, 'open')`);
  const before = await definition(name, '*');

  expect(await refusal('nowhere', {})).toMatchObject({ code: '42704' });
  expect(await refusal('letters', {})).toMatchObject({ code: '42809' });
  expect(await refusal(name, { colour: 'red' })).toMatchObject({ message: 'queues have no field "colour"' });
  expect(await refusal(name, { source: 'pg_class' })).toMatchObject({ code: '0A000' });
  expect(await refusal(name, [])).toMatchObject({ code: '22023' });
  expect(await refusal(name, { workflow: '' })).toMatchObject({ code: '22023' });
  expect(await refusal(name, { max_in_flight: -1 })).toMatchObject({ code: '23514' });
  expect(await refusal(name, { workflow_id: '{state}' })).toMatchObject({ code: '22023' });
  expect(await refusal(name, { mirror: { status: 'nowhere' } })).toMatchObject({ code: '42703' });
  expect(await refusal(name, { start_when: 'NEW.nothing' })).toMatchObject({
    message: expect.stringContaining('the expression of start_when does not compile'),
  });
  expect(await refusal(name, { input: 'jsonb_build_object(1 / (NEW.id - 1), 1)' })).toMatchObject({
    message: expect.stringContaining('do not suit the rows'),
  });

  expect(await definition(name, '*')).toEqual(before);
  await tables.run(`INSERT INTO ${name} VALUES (2, 'open')`);
  expect(await jobs('id, input')).toEqual([
    { id: '1', input: { id: 1 } },
    { id: '2', input: { id: 2 } },
  ]);
});

test('a queue that was changed is dropped whole', async () => {
  const { name } = await tables.attach('id integer PRIMARY KEY, job_status text');
  await alter(name, { start_when: 'NEW.id > 1', mirror: { status: 'job_status' } });

  await tables.run('SELECT switchyard.drop_queue($1)', [name]);

  expect(
    await tables.run(
      `SELECT proname FROM pg_proc WHERE pronamespace = 'switchyard_jobs'::regnamespace AND proname LIKE $1`,
      [`${name}%`],
    ),
  ).toEqual([]);
  expect(
    await tables.run('SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass', [name]),
  ).toEqual([]);
});

describe('of several roles', () => {
  const suffix = randomBytes(4).toString('hex');
  const roles = { shop: `test_shop_${suffix}`, other: `test_other_${suffix}` };
  const pools: Pool[] = [];
  const as = {} as Record<keyof typeof roles, Tables>;
  beforeAll(async () => {
    for (const [name, role] of Object.entries(roles)) {
      await administer(`CREATE ROLE ${role} LOGIN`, `GRANT switchyard_queue_owner TO ${role}`);
      await tables.asAdministrator(`CREATE SCHEMA ${name} AUTHORIZATION ${role}`);
      const url = withUser(tables.url, role);
      const pool = createPool({
        connectionString: url,
        applicationName: name,
        max: 1,
        onError: () => undefined,
      });
      pools.push(pool);
      as[name as keyof typeof roles] = new Tables(pool, url);
    }
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await tables.asAdministrator(...Object.values(roles).map((role) => `DROP OWNED BY ${role} CASCADE`));
    await administer(...Object.values(roles).map((role) => `DROP ROLE ${role}`));
  });

  test('each changes its own queues alone', async () => {
    await as.shop.run('CREATE TABLE shop.sales (id integer PRIMARY KEY, job_status text)');
    await as.shop.addQueue('sales', 'shop.sales');
    const changes = JSON.stringify({
      start_when: 'NEW.id > 1',
      mirror: { status: 'job_status' },
      workflow: 'sell',
    });

    await as.shop.run('SELECT switchyard.alter_queue($1, $2)', ['sales', changes]);
    await as.shop.run('INSERT INTO shop.sales VALUES (1), (2)');

    expect(await tables.run('SELECT id FROM switchyard_jobs.sales')).toEqual([{ id: '2' }]);
    expect(
      await as.other.refusal('SELECT switchyard.alter_queue($1, $2)', ['sales', '{"workflow": "steal"}']),
    ).toMatchObject({ code: '42501', message: `the queue "sales" belongs to ${roles.shop}` });
    expect(
      await as.other.refusal('SELECT switchyard.change_definition($1, $2)', [
        'sales',
        '{"workflow": "steal"}',
      ]),
    ).toMatchObject({ code: '42501' });
  });
});
