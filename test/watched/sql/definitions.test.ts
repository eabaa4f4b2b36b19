import { expect, test } from 'vitest';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

const id = 'id bigint PRIMARY KEY';

test.each([
  ['Orders', 'emails'],
  ['1st', 'emails'],
  ['a'.repeat(41), 'emails'],
  ['', 'emails'],
  ['a b', 'emails'],
  ['a"; DROP TABLE x', 'emails'],
])('refuses the name "%s" of a queue', async (name) => {
  expect(await tables.refusal(`SELECT switchyard.create_queue($1, 'w', 't')`, [name])).toMatchObject({
    code: '42602',
    message: `"${name}" is no name for a queue`,
  });
});

test('takes the longest name', async () => {
  const name = `a${'b'.repeat(37)}-9`;
  await tables.run(`SELECT switchyard.create_queue($1, 'w', 't')`, [name]);
  await tables.run(`SELECT switchyard.enqueue($1)`, [name]);
  await tables.run(`SELECT switchyard.drop_queue($1)`, [name]);
});

test('says who has a name', async () => {
  const name = tables.newName();
  await tables.run(`SELECT switchyard.create_queue($1, 'w', 't')`, [name]);
  expect(await tables.refusal(`SELECT switchyard.create_queue($1, 'w', 't')`, [name])).toMatchObject({
    code: '42710',
    hint: `Take another name, or remove that one with SELECT switchyard.drop_queue('${name}').`,
  });
  expect(await tables.refusal(`SELECT switchyard.create_queue('letters', 'w', 't')`)).toMatchObject({
    code: '42710',
    message: 'there is a queue "letters" already',
  });
  await tables.run(`CREATE TABLE switchyard_jobs.squatter ()`);
  expect(await tables.refusal(`SELECT switchyard.create_queue('squatter', 'w', 't')`)).toMatchObject({
    code: '42710',
  });
});

test.each([
  ['workflow => $$ $$', 'the workflow of the queue "$" is empty'],
  ['workflow => NULL', 'the workflow of the queue "$" is empty'],
  [`workflow => repeat('é', 501)`, 'the workflow of the queue "$" has 1002 bytes'],
  [`task_queue => ''`, 'the task queue of the queue "$" is empty'],
  [`task_queue => repeat('x', 1001)`, 'the task queue of the queue "$" has 1001 bytes'],
  ['max_in_flight => -1', 'max_in_flight of the queue "$" is -1'],
  ['max_per_key => -2', 'max_per_key of the queue "$" is -2'],
  [`execution_timeout => '0'`, 'execution_timeout of the queue "$" is 00:00:00'],
  [`run_timeout => '-1 s'`, 'run_timeout of the queue "$" is -00:00:01'],
])('refuses %s', async (argument, message) => {
  const name = tables.newName();
  const rest = [`workflow => 'w'`, `task_queue => 't'`].filter(
    (given) => !argument.startsWith(given.slice(0, 8)),
  );
  const refusal = await tables.refusal(
    `SELECT switchyard.create_queue($1, ${[argument, ...rest].join(', ')})`,
    [name],
  );
  expect(refusal).toMatchObject({ code: '22023', message: message.replace('$', name) });
});

test('a queue that is refused leaves nothing behind', async () => {
  const name = await tables.create(`${id}, n integer`);
  await tables.refusal(
    `SELECT switchyard.add_queue($1::text, $1::text::regclass, 'w', 't', input => 'jsonb_build_array(nothing)')`,
    [name],
  );
  expect(await tables.run('SELECT FROM switchyard.queues WHERE name = $1', [name])).toHaveLength(0);
  expect(
    await tables.run(
      `SELECT relname AS name FROM pg_class WHERE relname LIKE $1 AND relnamespace = 'switchyard_jobs'::regnamespace
                      UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE $1`,
      [`${name}%`],
    ),
  ).toEqual([]);
});

test('keeps what it was given in the registry', async () => {
  const { name } = await tables.attach(
    `${id}, customer text, job_status text, at timestamptz`,
    `, workflow_id => 'order-{id}', start_when => 'true', input => 'jsonb_build_array(NEW.id)', input_is_args => true, key => 'customer',
       priority => '5', run_at => 'at', search_attributes => '''{}''::jsonb', mirror => '{"status": "job_status"}', max_in_flight => 7,
       max_per_key => 2, fair => false, execution_timeout => '1 day', run_timeout => '1 hour'`,
  );
  const rows = await tables.run(
    `SELECT source::text, source_id, id_type, workflow, task_queue, workflow_id, start_when, input, input_is_args, key, priority, run_at,
            search_attributes, mirror, max_in_flight, max_per_key, fair, execution_timeout::text, run_timeout::text, owner_role
       FROM switchyard.queues WHERE name = $1`,
    [name],
  );
  expect(rows).toEqual([
    {
      source: name,
      source_id: 'id',
      id_type: 'bigint',
      workflow: 'process',
      task_queue: 'work',
      workflow_id: 'order-{id}',
      start_when: 'true',
      input: 'jsonb_build_array(NEW.id)',
      input_is_args: true,
      key: 'customer',
      priority: '5',
      run_at: 'at',
      search_attributes: `'{}'::jsonb`,
      mirror: { status: 'job_status' },
      max_in_flight: 7,
      max_per_key: 2,
      fair: false,
      execution_timeout: '1 day',
      run_timeout: '01:00:00',
      owner_role: 'unprivileged',
    },
  ]);
});

test('a starter that listens hears of a queue that comes and goes', async () => {
  const client = await tables.pool.connect();
  const heard: string[] = [];
  client.on('notification', ({ channel }) => heard.push(channel));
  try {
    await client.query('LISTEN switchyard_queues');
    const { name } = await tables.attach(id);
    await client.query('SELECT 1');
    expect(heard).toEqual(['switchyard_queues']);
    await tables.run('SELECT switchyard.drop_queue($1)', [name]);
    await client.query('SELECT 1');
    expect(heard).toHaveLength(2);
  } finally {
    await client.query('UNLISTEN *');
    client.release();
  }
});
