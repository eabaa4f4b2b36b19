import { expect, test } from 'vitest';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

const drop = (queue: string, rest = '') => tables.run(`SELECT switchyard.drop_queue($1${rest})`, [queue]);

/** All that the catalog and our tables know under the name of a queue. */
const traces = (queue: string) =>
  tables.run(
    `SELECT 'relation ' || relname AS left FROM pg_class WHERE relname LIKE $1 || '%' AND relnamespace <> 'public'::regnamespace
     UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE proname LIKE $1 || '%'
     UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE 'switchyard_' || $1 || '%'
     UNION ALL SELECT 'grant on ' || object FROM switchyard.grants WHERE object LIKE '%' || $1 || '%'
     UNION ALL SELECT 'signal' FROM switchyard.signals WHERE queue = $1
     UNION ALL SELECT 'pause' FROM switchyard.pauses WHERE queue = $1
     UNION ALL SELECT 'limits' FROM switchyard.limits WHERE queue = $1
     UNION ALL SELECT 'key limits' FROM switchyard.key_limits WHERE queue = $1
     UNION ALL SELECT 'rate' FROM switchyard.start_rates WHERE queue = $1
     UNION ALL SELECT 'bell' FROM switchyard.doorbells WHERE queue = $1
     UNION ALL SELECT 'watch' FROM switchyard.watches WHERE queue = $1
     UNION ALL SELECT 'definition' FROM switchyard.queues WHERE name = $1`,
    [queue],
  );

async function attachWithEverything() {
  const orders = await tables.attach(
    'id bigint PRIMARY KEY, job_status text',
    `, start_when => 'true', mirror => '{"status": "job_status"}'`,
  );
  await tables.run(`INSERT INTO ${orders.name} VALUES (7)`);
  const one = [orders.name];
  await tables.run(
    `SELECT switchyard.signal($1, 7, 'a'), switchyard.pause_queue($1, 'x'), switchyard.pause_key($1, 'k', 'x')`,
    one,
  );
  await tables.run(`INSERT INTO switchyard.limits (queue, in_flight) VALUES ($1, 1)`, one);
  await tables.run(`INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ($1, 'k', 1)`, one);
  await tables.run(
    `INSERT INTO switchyard.start_rates (queue, tokens, filled_at) VALUES ($1, 1, now())`,
    one,
  );
  await tables.run(`INSERT INTO switchyard.doorbells (queue) VALUES ($1)`, one);
  await tables.run(
    `INSERT INTO switchyard.watches (queue, held_by, held_until) VALUES ($1, 'x', now())`,
    one,
  );
  return orders.name;
}

test('undoes all of a queue but its history', async () => {
  const name = await attachWithEverything();
  expect(await traces(name)).not.toEqual([]);
  await drop(name);
  expect(await traces(name)).toEqual([]);
  expect(await tables.run('SELECT FROM switchyard.job_events WHERE queue = $1', [name])).toHaveLength(1);
  await tables.run(`INSERT INTO ${name} VALUES (8)`);
  await tables.addQueue(name, name);
});

test('is refused while jobs are in flight, unless it is forced', async () => {
  const name = await attachWithEverything();
  await tables.run(`UPDATE switchyard_jobs."${name}" SET status = 'processing', run_id = 'r'`);
  const refusal = await tables.refusal('SELECT switchyard.drop_queue($1)', [name]);
  expect(refusal).toMatchObject({ code: '55006', message: `jobs of the queue "${name}" are in flight: 1` });
  expect(refusal.hint).toContain('force => true');
  await tables.run(`INSERT INTO ${name} VALUES (8)`);
  expect(await tables.table(name).jobs('id')).toHaveLength(2);
  await drop(name, ', force => true');
  expect(await traces(name)).toEqual([]);
});

test('a queue of create_queue', async () => {
  const name = tables.newName();
  await tables.run(`SELECT switchyard.create_queue($1, 'w', 't')`, [name]);
  await drop(name);
  expect(await traces(name)).toEqual([]);
});

test.each(['DROP TABLE $', 'DROP TABLE $ CASCADE'])('works when the table is gone: %s', async (statement) => {
  const name = await attachWithEverything();
  await tables.run(statement.replace('$', name));
  expect(await tables.run(`SELECT switchyard.cancel($1, 7) AS status`, [name])).toEqual([
    { status: 'canceled' },
  ]);
  await drop(name);
  expect(await traces(name)).toEqual([]);
});

test('works when the job table is gone', async () => {
  const name = await attachWithEverything();
  await tables.run(`DROP TABLE switchyard_jobs."${name}"`);
  await drop(name);
  expect(await traces(name)).toEqual([]);
});

test.each([
  ['nothing', '42704', 'there is no queue "nothing"'],
  ['letters', '42809', `the jobs of the queue "letters" are an application's own table, public.letters`],
  [
    'webhooks',
    '42809',
    `the jobs of the queue "webhooks" are an application's own table, switchyard.webhook_deliveries`,
  ],
])('is refused: %s', async (queue, code, message) => {
  expect(await tables.refusal('SELECT switchyard.drop_queue($1, force => true)', [queue])).toMatchObject({
    code,
    message,
  });
});

test('leaves what another queue of its table mirrors', async () => {
  const name = await attachWithEverything();
  await tables.addQueue(`${name}-2`, name, `, mirror => '{"status": "job_status"}'`);
  await drop(name);
  expect(
    await tables.run(`SELECT has_column_privilege('switchyard_starter', $1, 'job_status', 'UPDATE') AS may`, [
      name,
    ]),
  ).toEqual([{ may: true }]);
  await tables.run(`INSERT INTO ${name} VALUES (9)`);
});

test('drops a queue whose mirrored columns are gone from its table', async () => {
  const orders = await tables.attach(
    'id bigint PRIMARY KEY, job_status text',
    `, mirror => '{"status": "job_status"}'`,
  );
  await tables.run(`ALTER TABLE ${orders.name} DROP COLUMN job_status`);
  await drop(orders.name);
  expect(await tables.run('SELECT FROM switchyard.queues WHERE name = $1', [orders.name])).toEqual([]);
});
