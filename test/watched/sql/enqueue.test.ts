import { beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../../src/platform/database.ts';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

let queue: string;
beforeEach(async () => {
  queue = tables.newName();
  await tables.run(`SELECT switchyard.create_queue($1, 'SendEmail', 'mail')`, [queue]);
});

const enqueue = async (rest = '', values: unknown[] = []) =>
  String((await tables.run(`SELECT switchyard.enqueue('${queue}'${rest}) AS id`, values))[0]?.['id']);
const jobs = (fields = '*') =>
  tables.run(`SELECT ${fields} FROM switchyard_jobs."${queue}" ORDER BY created_at, id`);
const id = '11111111-2222-3333-4444-555555555555';

test('puts a job into the queue and answers its id', async () => {
  const made = await enqueue(`, '{"to": "a@example.org"}'`);
  expect(
    await jobs(
      'id, workflow_id, input, input_problem, headers, search_attributes, key, priority, run_at, status',
    ),
  ).toEqual([
    {
      id: made,
      workflow_id: `${queue}:${made}`,
      input: { to: 'a@example.org' },
      input_problem: null,
      headers: null,
      search_attributes: null,
      key: null,
      priority: 0,
      run_at: null,
      status: 'queued',
    },
  ]);
  expect(await tables.run('SELECT to_status FROM switchyard.job_events WHERE queue = $1', [queue])).toEqual([
    { to_status: 'queued' },
  ]);
});

test('takes all that a job can have', async () => {
  const made = await enqueue(
    `, 'null', run_at => '3000-01-01Z', key => 'acme', priority => -5, id => '${id}', workflow_id => 'mail-1', search_attributes => '{"Plan": "gold"}'`,
  );
  expect(made).toBe(id);
  expect(await jobs('id, workflow_id, input::text, search_attributes, key, priority, run_at')).toEqual([
    {
      id,
      workflow_id: 'mail-1',
      input: 'null',
      search_attributes: { Plan: 'gold' },
      key: 'acme',
      priority: -5,
      run_at: new Date('3000-01-01'),
    },
  ]);
});

test('with the id of a job that is there adds and changes nothing', async () => {
  expect([await enqueue(`, '1', id => '${id}'`), await enqueue(`, '2', id => '${id}'`)]).toEqual([id, id]);
  expect(await jobs('input')).toEqual([{ input: 1 }]);
  expect(await tables.run('SELECT FROM switchyard.job_events WHERE queue = $1', [queue])).toHaveLength(1);
});

test('a time that is over is now, and NULLs are what is left out', async () => {
  await enqueue(`, run_at => now() - interval '1 s', priority => NULL`);
  expect(await jobs('input, run_at, priority')).toEqual([{ input: null, run_at: null, priority: 0 }]);
});

test('takes the trace context of the session, and goes with its ROLLBACK', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const lost = inTransaction(tables.pool, async (client) => {
    await client.query(`SELECT switchyard.enqueue('${queue}')`);
    throw new Error('lost');
  });
  await expect(lost).rejects.toThrow('lost');
  await inTransaction(tables.pool, async (client) => {
    await client.query(`SET LOCAL switchyard.traceparent = '${traceparent}'`);
    await client.query(`SELECT switchyard.enqueue('${queue}')`);
  });
  expect(await jobs('headers')).toEqual([{ headers: { traceparent } }]);
});

test('a number that JSON cannot say fails the job', async () => {
  await enqueue(`, '{"a": [1, {"b c": 12345678901234567890}]}'`);
  expect(await jobs('input_problem')).toEqual([
    {
      input_problem:
        'INPUT_NOT_JSON: the number at $.a[1].b c is beyond 2^53, which readers of JSON would change; make it a text',
    },
  ]);
});

test('arguments must be an array', async () => {
  const name = tables.newName();
  await tables.run(`SELECT switchyard.create_queue($1, 'w', 't', input_is_args => true)`, [name]);
  await tables.run(`SELECT switchyard.enqueue($1, '[1]'), switchyard.enqueue($1, '{}')`, [name]);
  expect(await tables.run(`SELECT input_problem FROM switchyard_jobs."${name}" ORDER BY created_at`)).toEqual(
    [
      { input_problem: null },
      {
        input_problem:
          'EXPRESSION_FAILED: the input must be a JSON array of arguments, as the queue has input_is_args',
      },
    ],
  );
});

test('many at once come in the order of their inputs', async () => {
  const rows = await tables.run(
    `SELECT switchyard.enqueue_many($1, ARRAY(SELECT to_jsonb(n) FROM generate_series(1, 500) AS n), key => 'k', priority => 3) AS id`,
    [queue],
  );
  const made = await jobs('id, input, key, priority, workflow_id');
  expect(made).toEqual(
    rows.map(({ id }, n) => ({ id, input: n + 1, key: 'k', priority: 3, workflow_id: `${queue}:${id}` })),
  );
  expect(await tables.run(`SELECT FROM switchyard.enqueue_many($1, '{}')`, [queue])).toEqual([]);
});

describe('many with fields of their own', () => {
  const many = async (list: unknown, rest = '') =>
    (
      await tables.run(`SELECT switchyard.enqueue_many($1, jobs => $2${rest}) AS id`, [
        queue,
        JSON.stringify(list),
      ])
    ).map((row) => row['id']);

  test('have all that a job can have, and what they do not name of the other arguments', async () => {
    const full = {
      input: null,
      run_at: '3000-01-01T00:00:00Z',
      key: 'acme',
      priority: -5,
      id,
      workflow_id: 'mail-1',
      search_attributes: { Plan: 'gold' },
    };
    const ids = await many([full, {}, { input: 2, key: null }], `, key => 'k', priority => 3`);
    expect(ids).toEqual([id, expect.any(String), expect.any(String)]);
    const shared = { key: 'k', priority: 3, run_at: null, search_attributes: null };
    expect(await jobs('id, workflow_id, input::text, key, priority, run_at, search_attributes')).toEqual([
      { ...full, input: 'null', run_at: new Date('3000-01-01') },
      { ...shared, id: ids[1], workflow_id: `${queue}:${ids[1]}`, input: null },
      { ...shared, id: ids[2], workflow_id: `${queue}:${ids[2]}`, input: '2' },
    ]);
  });

  test('come in their order; an id that is there or comes twice adds nothing', async () => {
    expect(await many([{ id, input: 1 }])).toEqual([id]);
    const ids = await many([{ input: 2 }, { id, input: 3 }, { input: 4 }, { id, input: 5 }]);
    expect(ids).toEqual([expect.any(String), id, expect.any(String), id]);
    expect(await jobs('input')).toEqual([{ input: 1 }, { input: 2 }, { input: 4 }]);
    expect(await many([])).toEqual([]);
  });

  test('of no inputs and no jobs there are none', async () => {
    expect(await tables.run('SELECT switchyard.enqueue_many($1, NULL)', [queue])).toEqual([]);
  });

  test.each([
    ['{}', '22023', 'jobs of the queue "$" must be a JSON array, and are of type object'],
    ['[{}, 5]', '22023', 'jobs[1] of the queue "$" must be a JSON object, and is of type number'],
    ['[{"inptu": 1}]', '22023', 'jobs[0] of the queue "$" has a field that jobs have not: "inptu"'],
    [
      '[{"search_attributes": []}]',
      '22023',
      'search_attributes of a job of the queue "$" must be a JSON object',
    ],
    [`[{"key": "${'k'.repeat(1001)}"}]`, '22023', 'a key of 1001 bytes for a job of the queue "$"'],
    ['[{"workflow_id": ""}]', '22023', 'a workflow id of 0 bytes for a job of the queue "$"'],
    ['[{"id": "x"}]', '22P02', 'invalid input syntax for type uuid: "x"'],
    ['[{"run_at": "soon"}]', '22007', 'invalid input syntax for type timestamp with time zone: "soon"'],
  ])('refuses %s', async (list, code, message) => {
    const refusal = await tables.refusal('SELECT switchyard.enqueue_many($1, jobs => $2)', [queue, list]);
    expect(refusal).toMatchObject({ code, message: message.replace('$', queue) });
  });

  test('inputs beside them are refused', async () => {
    const both = `SELECT switchyard.enqueue_many($1, '{}', jobs => '[]')`;
    expect(await tables.refusal(both, [queue])).toMatchObject({
      message: `enqueue_many of the queue "${queue}" got inputs and jobs`,
    });
  });
});

test.each([
  [`SELECT switchyard.enqueue('nothing')`, '42704', 'there is no queue "nothing"'],
  [`SELECT switchyard.enqueue(NULL)`, '42704', 'there is no queue ""'],
  [
    `SELECT switchyard.enqueue('letters')`,
    '42809',
    'jobs of the queue "letters" are rows of the table public.letters',
  ],
  [
    `SELECT switchyard.enqueue_many('letters', '{}')`,
    '42809',
    'jobs of the queue "letters" are rows of the table public.letters',
  ],
  [
    `SELECT switchyard.enqueue($1, workflow_id => '')`,
    '22023',
    'a workflow id of 0 bytes for a job of the queue "$"',
  ],
  [
    `SELECT switchyard.enqueue($1, workflow_id => repeat('x', 1001))`,
    '22023',
    'a workflow id of 1001 bytes for a job of the queue "$"',
  ],
  [
    `SELECT switchyard.enqueue($1, search_attributes => '[]')`,
    '22023',
    'search_attributes of a job of the queue "$" must be a JSON object',
  ],
])('refuses %s', async (statement, code, message) => {
  const refusal = await tables.refusal(statement, statement.includes('$1') ? [queue] : []);
  expect(refusal).toMatchObject({ code, message: message.replace('$', queue) });
});

test('names the queues there are, and the table to insert into', async () => {
  const orders = await tables.attach('id bigint PRIMARY KEY');
  expect((await tables.refusal(`SELECT switchyard.enqueue('nothing')`)).hint).toContain(orders.name);
  expect(await tables.refusal('SELECT switchyard.enqueue($1)', [orders.name])).toEqual({
    code: '42809',
    message: `jobs of the queue "${orders.name}" are rows of the table public.${orders.name}`,
    hint: `INSERT into public.${orders.name} instead.`,
  });
});
