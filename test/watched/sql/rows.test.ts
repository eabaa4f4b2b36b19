import { describe, expect, test } from 'vitest';
import { inTransaction } from '../../../src/platform/database.ts';
import { shareTables, type Table, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

const columns = 'id bigint PRIMARY KEY, state text, customer text, n integer';
const whenPaid = `, start_when => $$NEW.state = 'paid'$$`;
const ids = async (orders: Table) => (await orders.jobs('id')).map(({ id }) => Number(id));
const countJobs = async (orders: Table) =>
  (await tables.run(`SELECT count(*)::integer AS count FROM switchyard_jobs."${orders.name}"`))[0]?.['count'];
const insert = (orders: Table, ...rows: string[]) =>
  tables.run(`INSERT INTO ${orders.name} (id, state) VALUES ${rows.join(', ')}`);

describe('a row starts a job', () => {
  test('at each INSERT, without a condition', async () => {
    const orders = await tables.attach(columns);
    await insert(orders, `(1, 'new')`, `(2, 'paid')`);
    await tables.run(`UPDATE ${orders.name} SET state = 'paid'`);
    expect(
      await orders.jobs('id::integer, workflow_id, input, status, key, priority, run_at, headers'),
    ).toEqual(
      [1, 2].map((id) => ({
        id,
        workflow_id: `${orders.name}:${id}`,
        input: { id },
        status: 'queued',
        key: null,
        priority: 0,
        run_at: null,
        headers: null,
      })),
    );
  });

  test('when its condition is true at the INSERT, or becomes true, once', async () => {
    const orders = await tables.attach(columns, whenPaid);
    await insert(orders, `(1, 'new')`, `(2, 'paid')`, '(3, NULL)');
    expect(await ids(orders)).toEqual([2]);
    await tables.run(`UPDATE ${orders.name} SET state = 'paid' WHERE id = 3`);
    expect(await ids(orders)).toEqual([2, 3]);
    await tables.run(`UPDATE ${orders.name} SET state = 'new'`);
    await tables.run(`UPDATE ${orders.name} SET state = 'paid'`);
    expect(await ids(orders)).toEqual([1, 2, 3]);
    expect(
      await tables.run(`SELECT FROM switchyard.job_events WHERE queue = $1`, [orders.name]),
    ).toHaveLength(3);
  });

  test('not when its condition was true already as its job was removed', async () => {
    const orders = await tables.attach(columns, whenPaid);
    await insert(orders, `(1, 'paid')`);
    await tables.run(`DELETE FROM switchyard_jobs."${orders.name}"`);
    await tables.run(`UPDATE ${orders.name} SET n = 1`);
    expect(await ids(orders)).toEqual([]);
  });

  test('not when its id changes', async () => {
    const orders = await tables.attach(columns, whenPaid);
    await insert(orders, `(1, 'paid')`);
    await tables.run(`UPDATE ${orders.name} SET id = 2`);
    expect(await ids(orders)).toEqual([1]);
  });

  test('by ON CONFLICT DO UPDATE and by MERGE as by INSERT and UPDATE', async () => {
    const orders = await tables.attach(columns, whenPaid);
    await insert(orders, `(1, 'new')`, `(2, 'paid')`);
    await tables.run(`INSERT INTO ${orders.name} (id, state) VALUES (1, 'paid'), (2, 'paid'), (3, 'paid'), (4, 'new')
                      ON CONFLICT (id) DO UPDATE SET state = excluded.state`);
    expect(await ids(orders)).toEqual([1, 2, 3]);
    await tables.run(`INSERT INTO ${orders.name} (id, state) VALUES (4, 'paid') ON CONFLICT DO NOTHING`);
    expect(await ids(orders)).toEqual([1, 2, 3]);
    const [server] = await tables.run(`SELECT current_setting('server_version_num')::integer AS version`);
    if (Number(server?.['version']) < 150_000) return;
    await tables.run(`MERGE INTO ${orders.name} AS known USING (VALUES (4), (5)) AS given (id) ON known.id = given.id
                      WHEN MATCHED THEN UPDATE SET state = 'paid' WHEN NOT MATCHED THEN INSERT (id, state) VALUES (given.id, 'paid')`);
    expect(await ids(orders)).toEqual([1, 2, 3, 4, 5]);
  });

  test('in bulk, in the order of the rows', async () => {
    const orders = await tables.attach(columns, `${whenPaid}, key => 'customer'`);
    await tables.run(
      `INSERT INTO ${orders.name} SELECT n, CASE WHEN n % 2 = 0 THEN 'paid' END, n % 7 FROM generate_series(1, 10000) AS n`,
    );
    expect(await countJobs(orders)).toBe(5000);
    expect(
      await tables.run(`SELECT FROM (SELECT id, lag(id) OVER (ORDER BY created_at, id) AS before FROM switchyard_jobs."${orders.name}") AS job
                         WHERE before > id`),
    ).toEqual([]);
    await tables.run(`UPDATE ${orders.name} SET state = 'paid'`);
    expect(await countJobs(orders)).toBe(10_000);
    await tables.run(`DELETE FROM ${orders.name} WHERE id <= 5000`);
    expect(
      await tables.run(
        `SELECT status, count(*)::integer FROM switchyard_jobs."${orders.name}" GROUP BY status ORDER BY status`,
      ),
    ).toEqual([
      { status: 'canceled', count: 5000 },
      { status: 'queued', count: 5000 },
    ]);
  });

  test('by COPY', async () => {
    const orders = await tables.attach(columns, whenPaid);
    const path = `/tmp/${orders.name}`;
    await tables.asAdministrator(`COPY (SELECT n, 'paid' FROM generate_series(1, 300) AS n) TO '${path}'`);
    await tables.asAdministrator(`COPY ${orders.name} (id, state) FROM PROGRAM 'cat ${path}; rm ${path}'`);
    expect(await countJobs(orders)).toBe(300);
  });

  test('only with the COMMIT of its writer', async () => {
    const orders = await tables.attach(columns);
    const lost = new Error('not now');
    const writing = inTransaction(tables.pool, async (client) => {
      await client.query(`INSERT INTO ${orders.name} (id) VALUES (1)`);
      throw lost;
    });
    await expect(writing).rejects.toBe(lost);
    await inTransaction(tables.pool, async (client) => {
      await client.query(`INSERT INTO ${orders.name} (id) VALUES (2); SAVEPOINT before_third;
                          INSERT INTO ${orders.name} (id) VALUES (3); ROLLBACK TO before_third; INSERT INTO ${orders.name} (id) VALUES (4)`);
    });
    expect(await ids(orders)).toEqual([2, 4]);
  });

  test('of each queue of its table', async () => {
    const orders = await tables.attach(columns);
    const second = tables.table(`${orders.name}-mails`);
    await tables.addQueue(second.name, orders.name, whenPaid);
    await insert(orders, `(1, 'paid')`, `(2, 'new')`);
    expect([await ids(orders), await ids(second)]).toEqual([[1, 2], [1]]);
    await tables.run('SELECT switchyard.drop_queue($1)', [orders.name]);
    await insert(orders, `(3, 'paid')`);
    expect(await ids(second)).toEqual([1, 3]);
  });

  test('without a subtransaction id, so that a writer of many rows overflows nothing', async () => {
    const orders = await tables.attach(columns, `${whenPaid}, input => 'jsonb_build_object(''n'', 10 / n)'`);
    await inTransaction(tables.pool, async (client) => {
      for (let id = 0; id <= 50; id++)
        await client.query(`INSERT INTO ${orders.name} VALUES (${id}, 'paid', '', 1)`);
      await client.query(`UPDATE ${orders.name} SET state = 'new'`);
      await client.query(`UPDATE ${orders.name} SET state = 'paid'`);
      // Each id of a transaction or subtransaction is a lock that its session holds.
      const { rows } = await client.query(
        `SELECT count(*)::integer AS ids FROM pg_locks WHERE locktype = 'transactionid' AND pid = pg_backend_pid() AND mode = 'ExclusiveLock'`,
      );
      expect(rows).toEqual([{ ids: 1 }]);
    });
  });
});

test('takes its key, priority, time and search attributes from columns or expressions', async () => {
  const orders = await tables.attach(
    `id bigint PRIMARY KEY, "Customer No" bigint, urgency smallint, send_at timestamptz, plan text`,
    `, key => 'Customer No', priority => '-urgency', run_at => 'send_at', search_attributes => $$jsonb_build_object('Plan', NEW.plan)$$`,
  );
  await tables.run(
    `INSERT INTO ${orders.name} VALUES (1, 17, 3, 'infinity', 'gold'), (2, NULL, NULL, NULL, NULL), (3, 5, 0, now() - interval '1 day', 'x')`,
  );
  expect(await orders.jobs('id::integer, key, priority, run_at::text, search_attributes')).toEqual([
    { id: 1, key: '17', priority: -3, run_at: 'infinity', search_attributes: { Plan: 'gold' } },
    { id: 2, key: null, priority: 0, run_at: null, search_attributes: { Plan: null } },
    { id: 3, key: '5', priority: 0, run_at: null, search_attributes: { Plan: 'x' } },
  ]);
});

test("takes the trace context of the writer's session", async () => {
  const orders = await tables.attach(columns);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headersWith = async (id: number, parent: string, state: string) => {
    await inTransaction(tables.pool, async (client) => {
      await client.query(
        `SELECT set_config('switchyard.traceparent', $1, true), set_config('switchyard.tracestate', $2, true)`,
        [parent, state],
      );
      await client.query(`INSERT INTO ${orders.name} (id) VALUES (${id})`);
    });
    return (
      await tables.run(`SELECT headers FROM switchyard_jobs."${orders.name}" WHERE id = $1`, [id])
    )[0]?.['headers'];
  };
  expect(await headersWith(1, traceparent, 'a=b')).toEqual({ traceparent, tracestate: 'a=b' });
  expect(await headersWith(2, traceparent, '')).toEqual({ traceparent });
  expect(await headersWith(3, 'nonsense', 'a=b')).toBeNull();
});

describe('a row that goes', () => {
  const prepare = async () => {
    const orders = await tables.attach(columns);
    await insert(orders, `(1, '')`, `(2, '')`, `(3, '')`);
    const jobs = `switchyard_jobs."${orders.name}"`;
    await tables.run(`UPDATE ${jobs} SET status = 'processing', run_id = 'r' WHERE id IN (2, 3)`);
    await tables.run(`UPDATE ${jobs} SET status = 'complete' WHERE id = 3`);
    return orders;
  };
  const ended = [
    { id: 1, status: 'canceled', asked: true },
    { id: 2, status: 'processing', asked: true },
    { id: 3, status: 'complete', asked: false },
  ];
  const state = 'id::integer, status, cancel_requested_at IS NOT NULL AS asked';

  test.each([
    ['DELETE FROM', 'its row was deleted'],
    ['TRUNCATE', 'its table was truncated'],
  ])('by %s takes its job along', async (statement, detail) => {
    const orders = await prepare();
    await tables.run(`${statement} ${orders.name}`);
    expect(await orders.jobs(state)).toEqual(ended);
    expect(
      await tables.run(
        `SELECT job_id, to_status, code FROM switchyard.job_events WHERE queue = $1 AND detail = $2 ORDER BY job_id`,
        [orders.name, detail],
      ),
    ).toEqual([
      { job_id: '1', to_status: 'canceled', code: null },
      { job_id: '2', to_status: 'processing', code: 'CANCEL_REQUESTED' },
    ]);
  });

  test('and comes back starts no second job', async () => {
    const orders = await prepare();
    await tables.run(`DELETE FROM ${orders.name}`);
    await insert(orders, `(1, '')`);
    expect(await orders.jobs(state)).toEqual(ended);
  });
});

test('wakes a starter that sleeps, and writes an event that names the writer', async () => {
  const orders = await tables.attach(columns);
  await tables.run('INSERT INTO switchyard.doorbells (queue, armed) VALUES ($1, true)', [orders.name]);
  const client = await tables.pool.connect();
  const heard: (string | undefined)[] = [];
  client.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
  try {
    await client.query('LISTEN switchyard_doorbell');
    await insert(orders, `(1, '')`);
    await client.query('SELECT 1');
    expect(heard).toEqual([`switchyard_doorbell ${orders.name}`]);
  } finally {
    await client.query('UNLISTEN *');
    client.release();
  }
  expect(
    await tables.run(
      'SELECT job_id, from_status, to_status, actor FROM switchyard.job_events WHERE queue = $1',
      [orders.name],
    ),
  ).toEqual([{ job_id: '1', from_status: null, to_status: 'queued', actor: 'test' }]);
});
