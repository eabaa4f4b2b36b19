import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { administer } from '../../support/database.ts';
import { withUser } from '../../support/database-name.ts';
import { shareTables, Tables } from '../../support/watched/tables.ts';

const suffix = randomBytes(4).toString('hex');
const roles = {
  /** Owns tables, and may define queues. */
  shop: `test_shop_${suffix}`,
  /** Writes the shop's rows, and may do nothing else. */
  writer: `test_writer_${suffix}`,
  /** Calls functions, and may do nothing else. */
  client: `test_client_${suffix}`,
  /** Owns tables, and has no right of ours. */
  other: `test_other_${suffix}`,
};
let owner: Tables;
let pools: Pool[] = [];
const as = {} as Record<keyof typeof roles, Tables>;

beforeAll(() =>
  administer(
    ...Object.values(roles).map((role) => `CREATE ROLE ${role} LOGIN`),
    `GRANT switchyard_queue_owner TO ${roles.shop}`,
    `GRANT switchyard_client TO ${roles.client}`,
  ),
);
shareTables((tables) => {
  owner = tables;
  pools = [];
  for (const [name, role] of Object.entries(roles)) {
    const url = withUser(tables.url, role);
    const pool = createPool({
      connectionString: url,
      applicationName: name,
      max: 3,
      onError: () => undefined,
    });
    pools.push(pool);
    as[name as keyof typeof roles] = new Tables(pool, url);
  }
});
beforeAll(async () => {
  await owner.asAdministrator(
    ...['shop', 'other'].map((name) => `CREATE SCHEMA ${name} AUTHORIZATION ${roles[name as 'shop']}`),
    `GRANT USAGE ON SCHEMA shop TO ${roles.writer}`,
  );
  await as.shop.run(
    `CREATE TABLE shop.secrets (words text); INSERT INTO shop.secrets VALUES ('known to the shop')`,
  );
  await as.shop.run(`CREATE TABLE shop.orders (id bigint PRIMARY KEY, state text, job_status text)`);
  await as.shop.run(`GRANT INSERT, UPDATE, DELETE, SELECT ON shop.orders TO ${roles.writer}`);
  await as.shop.run(
    `SELECT switchyard.add_queue('orders', 'shop.orders', 'process', 'work', start_when => $$NEW.state = 'paid'$$,
       input => $$jsonb_build_object('id', NEW.id, 'words', (SELECT words FROM shop.secrets))$$, mirror => '{"status": "job_status"}')`,
  );
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await owner.asAdministrator(...Object.values(roles).flatMap((role) => [`DROP OWNED BY ${role} CASCADE`]));
  await administer(...Object.values(roles).map((role) => `DROP ROLE ${role}`));
});

const denied = { code: '42501' };

describe('a queue of a role that is not the owner of the schema', () => {
  test('takes the rows of a writer that has no right on it, with the rights of its owner', async () => {
    await as.writer.run(`INSERT INTO shop.orders VALUES (1, 'paid'), (2, 'new'), (3, 'paid')`);
    await as.writer.run(`UPDATE shop.orders SET state = 'paid' WHERE id = 2`);
    await as.writer.run(`DELETE FROM shop.orders WHERE id = 3`);
    expect(await owner.table('orders').jobs('id, input, status')).toEqual(
      ['1', '2', '3'].map((id) => ({
        id,
        input: { id: Number(id), words: 'known to the shop' },
        status: id === '3' ? 'canceled' : 'queued',
      })),
    );
    expect(
      await owner.run(`SELECT actor FROM switchyard.job_events WHERE queue = 'orders' GROUP BY actor`),
    ).toEqual([{ actor: 'writer' }]);
  });

  test('its owner reads it, enqueues what was there, and retries', async () => {
    expect(await as.shop.run(`SELECT FROM switchyard_jobs.orders WHERE id = 1`)).toHaveLength(1);
    await as.shop.run(`ALTER TABLE shop.orders DISABLE TRIGGER USER; INSERT INTO shop.orders VALUES (10, 'paid');
                       ALTER TABLE shop.orders ENABLE TRIGGER USER`);
    expect(await as.shop.run(`CALL switchyard.enqueue_existing('orders')`)).toEqual([{ enqueued: '1' }]);
    await owner.run(
      `UPDATE switchyard_jobs.orders SET status = 'failed', error_code = 'X', input_problem = 'X: x' WHERE id = 10`,
    );
    expect(await as.client.run(`SELECT switchyard.retry('orders', 10) AS status`)).toEqual([
      { status: 'queued' },
    ]);
    expect(await owner.run(`SELECT input_problem FROM switchyard_jobs.orders WHERE id = 10`)).toEqual([
      { input_problem: null },
    ]);
  });

  test('its functions cannot be put onto the table of another', async () => {
    await as.other.run(`CREATE TABLE other.orders (id bigint PRIMARY KEY, state text)`);
    // Even where the schema may be used.
    await owner.run(
      `GRANT USAGE ON SCHEMA switchyard, switchyard_jobs TO ${roles.other}, ${roles.writer}, ${roles.client}`,
    );
    const refusal = await as.other.refusal(
      `CREATE TRIGGER theirs AFTER INSERT ON other.orders FOR EACH STATEMENT EXECUTE FUNCTION switchyard_jobs.orders_inserted()`,
    );
    expect(refusal).toMatchObject(denied);
    for (const call of [
      `switchyard_jobs.orders_existing(NULL, 'true', 5)`,
      `switchyard_jobs.orders_add('{}')`,
      `switchyard_jobs.orders_again('1')`,
    ])
      for (const role of ['other', 'writer', 'client'] as const)
        expect(await as[role].refusal(`SELECT * FROM ${call}`)).toMatchObject(denied);
  });

  test('the starter may write its mirror, and nothing else of it', async () => {
    const may = (right: string) => `has_column_privilege('switchyard_starter', 'shop.orders', ${right})`;
    expect(
      await owner.run(`SELECT ${may(`'job_status', 'UPDATE'`)} AS mirror, ${may(`'state', 'UPDATE'`)} AS state, ${may(`'id', 'SELECT'`)} AS id,
                              has_schema_privilege('switchyard_starter', 'shop', 'USAGE') AS schema`),
    ).toEqual([{ mirror: true, state: false, id: true, schema: true }]);
  });

  test('nobody but its owner, or one over it, drops it or enqueues its rows', async () => {
    await administer(`GRANT switchyard_queue_owner TO ${roles.other}`);
    try {
      expect(await as.other.refusal(`SELECT switchyard.drop_queue('orders', force => true)`)).toMatchObject({
        code: '42501',
        message: `the queue "orders" belongs to ${roles.shop}`,
      });
      expect(await as.other.refusal(`SELECT switchyard.remove_definition('orders', true)`)).toMatchObject(
        denied,
      );
      expect(await as.other.refusal(`CALL switchyard.enqueue_existing('orders')`)).toMatchObject(denied);
    } finally {
      await administer(`REVOKE switchyard_queue_owner FROM ${roles.other}`);
    }
  });

  test('an administrator defines one for its owner, with whose rights it then runs', async () => {
    await as.shop.run('CREATE TABLE shop.mails (id bigint PRIMARY KEY)');
    await owner.asAdministrator(
      `SELECT switchyard.add_queue('mails', 'shop.mails', 'process', 'work', input => 'to_jsonb(current_user::text)')`,
    );
    await as.shop.run('INSERT INTO shop.mails VALUES (1)');
    expect(await as.shop.table('mails').jobs('input')).toEqual([{ input: roles.shop }]);
    await as.shop.run(`SELECT switchyard.drop_queue('mails')`);
  });
});

describe('a role without rights', () => {
  test('is told which it needs to define a queue', async () => {
    await as.other.run('CREATE TABLE other.mails (id bigint PRIMARY KEY)');
    await owner.run(`GRANT USAGE ON SCHEMA switchyard TO ${roles.other}`);
    const refusal = {
      code: '42501',
      message: `the role ${roles.other} may not define queues`,
      hint: expect.stringContaining(`GRANT switchyard_queue_owner TO ${roles.other}.`),
    };
    expect(await as.other.refusal(`SELECT switchyard.add_queue('x', 'other.mails', 'p', 'w')`)).toEqual(
      refusal,
    );
    expect(await as.other.refusal(`SELECT switchyard.create_queue('x', 'p', 'w')`)).toEqual(refusal);
    expect(await as.other.refusal(`SELECT switchyard.drop_queue('x')`)).toEqual(refusal);
    expect(await as.other.refusal(`SELECT switchyard.define_queue('{}')`)).toMatchObject(denied);
  });

  test('is told so too when an administrator calls for it', async () => {
    await as.other.run('CREATE TABLE other.letters (id bigint PRIMARY KEY)');
    const add = `SELECT switchyard.add_queue('y', 'other.letters', 'p', 'w')`;
    await expect(owner.asAdministrator(add)).rejects.toThrow(`the role ${roles.other} may not define queues`);
  });

  test.each([
    `enqueue('emails')`,
    `enqueue_many('emails', '{}')`,
    `signal('orders', 1, 'a')`,
    `cancel('orders', 1)`,
    `retry('orders', '1')`,
    `reprioritize('orders', 1, 1)`,
    `reschedule('orders', 1, now())`,
    `job('orders', 1)`,
  ])('may not call %s', async (call) => {
    expect(await as.other.refusal(`SELECT switchyard.${call}`)).toMatchObject(denied);
  });
});

describe('a client', () => {
  test('calls the functions of jobs, and reads no table', async () => {
    await owner.run(`SELECT switchyard.create_queue('emails', 'SendEmail', 'mail')`);
    const [made] = await as.client.run(`SELECT switchyard.enqueue('emails', '1') AS id`);
    const id = made?.['id'];
    await as.client.run(`SELECT switchyard.enqueue_many('emails', ARRAY['1'::jsonb])`);
    await as.client.run(
      `SELECT switchyard.signal('emails', $1::uuid, 'a'), switchyard.signal_args('emails', $1::uuid, 'a', '[]'), switchyard.reprioritize('emails', $1::uuid, 1),
              switchyard.reschedule('emails', $1::uuid, NULL), switchyard.cancel('emails', $1::uuid), switchyard.retry('emails', $1::uuid)`,
      [id],
    );
    expect(await as.client.run(`SELECT status FROM switchyard.job('emails', $1::uuid)`, [id])).toEqual([
      { status: 'queued' },
    ]);
    for (const table of [
      'switchyard_jobs.emails',
      'switchyard.queues',
      'switchyard.signals',
      'switchyard.job_events',
    ])
      expect(await as.client.refusal(`SELECT * FROM ${table}`)).toMatchObject(denied);
    expect(await as.client.refusal(`SELECT switchyard.create_queue('mine', 'p', 'w')`)).toMatchObject(denied);
  });

  test.each([
    `x"; DROP TABLE switchyard.queues; --`,
    `emails" (id) SELECT 1; --`,
    `emails'; SELECT 1; --`,
    '../queues',
  ])('reaches no other table by the name %s', async (queue) => {
    for (const call of [
      `enqueue($1)`,
      `cancel($1, 1)`,
      `signal($1, 1, 'a')`,
      `retry($1, 1, '1')`,
      `job($1, 1)`,
    ])
      expect(await as.client.refusal(`SELECT switchyard.${call}`, [queue])).toMatchObject({ code: '42704' });
  });

  test.each([`1' OR true --`, `1); DROP TABLE shop.orders; --`, '%s', '$1'])(
    'nor by the id %s',
    async (id) => {
      for (const call of [
        `cancel('orders', $1::text)`,
        `retry('orders', $1::text)`,
        `signal('orders', $1::text, 'a')`,
        `job('orders', $1::text)`,
      ])
        expect(await as.client.refusal(`SELECT switchyard.${call}`, [id])).toMatchObject({ code: '22P02' });
    },
  );
});

test('one that may define queues cannot make another statement of a definition', async () => {
  for (const field of ['id_type', 'job_table', 'kind', 'workflow', 'owner_role', 'name']) {
    const definition = {
      name: 'evil',
      workflow: 'w',
      task_queue: 't',
      owner_role: roles.shop,
      fair: true,
      input_is_args: false,
    };
    const text = JSON.stringify({ ...definition, [field]: 'uuid); DROP TABLE switchyard.signals; --' });
    await as.shop.run('SELECT switchyard.define_queue($1)', [text]).catch(() => undefined);
    expect(await owner.run(`SELECT to_regclass('switchyard.signals') IS NOT NULL AS there`)).toEqual([
      { there: true },
    ]);
    await as.shop.run(`SELECT switchyard.drop_queue('evil')`).catch(() => undefined);
  }
  expect(
    await as.shop.refusal(
      `SELECT switchyard.define_queue('{"name": "evil", "workflow": "w", "task_queue": "t", "owner_role": "postgres"}')`,
    ),
  ).toMatchObject({ code: '42501', message: `${roles.shop} may not define a queue of postgres` });
});
