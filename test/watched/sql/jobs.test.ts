import { beforeEach, describe, expect, test } from 'vitest';
import { shareTables, type Table, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

let orders: Table;
beforeEach(async () => {
  orders = await tables.attach('id bigint PRIMARY KEY, n integer');
  await tables.run(`INSERT INTO ${orders.name} VALUES (7, 1)`);
});

/** What a function answers about job 7 of the queue, or of another. */
const call = async (name: string, rest = '', queue = orders.name) =>
  (await tables.run(`SELECT switchyard.${name}('${queue}', 7${rest}) AS answer`))[0]?.['answer'];
const set = (fields: string) => tables.run(`UPDATE switchyard_jobs."${orders.name}" SET ${fields}`);
const job = async (fields: string) => (await orders.jobs(fields))[0];
const events = (fields = 'code, detail') =>
  tables.run(
    `SELECT ${fields} FROM switchyard.job_events WHERE queue = $1 AND code IS NOT NULL ORDER BY id`,
    [orders.name],
  );
const runs = `status = 'processing', run_id = 'r'`;
const end = async (status: string) => {
  await set(runs);
  await set(`status = '${status}', error_code = 'X', run_id = 'r'`);
};

describe('an id', () => {
  test.each([
    '7',
    `'7'`,
    '7::smallint',
    '7::bigint',
    `'7'::text`,
    `'7'::varchar`,
    '7::numeric',
    `' 7'`,
    `'007'`,
  ])('may be given as %s', async (id) => {
    expect(await tables.run(`SELECT switchyard.cancel($1, ${id}) AS status`, [orders.name])).toEqual([
      { status: 'canceled' },
    ]);
    await tables.run(`SELECT switchyard.signal($1, ${id}, 'approve')`, [orders.name]);
    expect(await tables.run('SELECT job_id FROM switchyard.signals WHERE queue = $1', [orders.name])).toEqual(
      [{ job_id: '7' }],
    );
  });

  test('may be given as a parameter of any type', async () => {
    for (const id of [7, '7', 7n])
      await tables.run('SELECT switchyard.signal($1, $2, $3, $4)', [orders.name, id, 'approve', '"ann"']);
    expect(
      await tables.run('SELECT args FROM switchyard.signals WHERE queue = $1', [orders.name]),
    ).toHaveLength(3);
  });

  test('may be a uuid, as one or as a text in capital letters', async () => {
    const queue = tables.newName();
    await tables.run(`SELECT switchyard.create_queue($1, 'w', 't')`, [queue]);
    const id = 'abcdefab-2222-3333-4444-555555555555';
    await tables.run(`SELECT switchyard.enqueue($1, id => $2)`, [queue, id]);
    await tables.run(
      `SELECT switchyard.signal('${queue}', '${id.toUpperCase()}', 'a'), switchyard.signal('${queue}', '${id}'::uuid, 'b')`,
    );
    expect(
      await tables.run('SELECT name, job_id FROM switchyard.signals WHERE queue = $1 ORDER BY id', [queue]),
    ).toEqual([
      { name: 'a', job_id: id },
      { name: 'b', job_id: id },
    ]);
  });

  test.each([
    [`'x'`, '22P02', '"x" is no id of a job of the queue "$"'],
    [`'99999999999999999999'`, '22P02', '"99999999999999999999" is no id of a job of the queue "$"'],
    ['8', 'P0002', 'the queue "$" has no job 8'],
    ['NULL', 'P0002', 'the queue "$" has no job NULL'],
  ])('of no job is refused: %s', async (id, code, message) => {
    for (const rest of [
      `cancel('$', ${id})`,
      `retry('$', ${id})`,
      `signal('$', ${id}, 'a')`,
      `reprioritize('$', ${id}, 1)`,
      `reschedule('$', ${id}, now())`,
    ]) {
      const refusal = await tables.refusal(`SELECT switchyard.${rest.replace('$', orders.name)}`);
      expect(refusal).toMatchObject({ code, message: message.replace('$', orders.name) });
    }
  });

  test('of no queue is refused', async () => {
    expect(await tables.refusal(`SELECT switchyard.cancel('nothing', 7)`)).toMatchObject({
      code: '42704',
      message: 'there is no queue "nothing"',
    });
  });
});

describe('signal', () => {
  test.each([
    ['', []],
    [', NULL', []],
    [`, 'null'`, [null]],
    [`, '"ann"'`, ['ann']],
    [`, '[1, 2]'`, [[1, 2]]],
  ])('with the argument %s', async (argument, args) => {
    const id = await call('signal', `, 'approve'${argument}`);
    expect(
      await tables.run(
        'SELECT id, queue, job_id, name, args, status, error, created_by FROM switchyard.signals WHERE id = $1',
        [id],
      ),
    ).toEqual([
      {
        id,
        queue: orders.name,
        job_id: '7',
        name: 'approve',
        args,
        status: 'waiting',
        error: null,
        created_by: 'test',
      },
    ]);
  });

  test('with several arguments', async () => {
    const id = await call('signal_args', `, 'approve', '["ann", 5]'`);
    expect(await tables.run('SELECT args FROM switchyard.signals WHERE id = $1', [id])).toEqual([
      { args: ['ann', 5] },
    ]);
  });

  test.each(['complete', 'failed', 'canceled'])(
    'to a job that is %s is written as failed, with an event',
    async (status) => {
      await end(status);
      const id = await call('signal', `, 'approve'`);
      const error = `the job has ended: it is ${status}`;
      expect(
        await tables.run(
          'SELECT status, error, ended_at IS NOT NULL AS ended FROM switchyard.signals WHERE id = $1',
          [id],
        ),
      ).toEqual([{ status: 'failed', error, ended: true }]);
      expect((await events()).at(-1)).toEqual({
        code: 'SIGNAL_FAILED',
        detail: `signal "approve": ${error}`,
      });
    },
  );

  test.each([
    [`signal('$', 7, '')`, 'a signal of job 7 of the queue "$" has no name that Temporal takes'],
    [`signal('$', 7, NULL)`, 'a signal of job 7 of the queue "$" has no name that Temporal takes'],
    [`signal_args('$', 7, 'a', '{}')`, 'the arguments of the signal "a" must be a JSON array'],
    [`signal_args('$', 7, 'a', NULL)`, 'the arguments of the signal "a" must be a JSON array'],
    [
      `signal('$', 7, 'a', '{"n": 9007199254740993}')`,
      'the signal "a" cannot be sent: INPUT_NOT_JSON: the number at $[0].n is beyond 2^53, which readers of JSON would change; make it a text',
    ],
  ])('is refused: %s', async (statement, message) => {
    expect(await tables.refusal(`SELECT switchyard.${statement.replace('$', orders.name)}`)).toMatchObject({
      code: '22023',
      message: message.replace('"$"', `"${orders.name}"`),
    });
  });
});

describe('cancel', () => {
  test('ends a job that waits, and answers so again', async () => {
    expect([await call('cancel'), await call('cancel')]).toEqual(['canceled', 'canceled']);
    expect(await job('status, canceled_at IS NOT NULL AS ended')).toEqual({
      status: 'canceled',
      ended: true,
    });
  });

  test('asks for the end of one that runs, once', async () => {
    await set(runs);
    expect([await call('cancel'), await call('cancel')]).toEqual(['processing', 'processing']);
    expect(await events('code')).toEqual([{ code: 'CANCEL_REQUESTED' }]);
  });

  test('changes nothing of one that has ended', async () => {
    await end('complete');
    expect(await call('cancel')).toBe('complete');
    expect(await job('status, cancel_requested_at')).toEqual({
      status: 'complete',
      cancel_requested_at: null,
    });
  });
});

describe('retry', () => {
  test('sets a job back that has ended, with its input or another', async () => {
    await end('failed');
    await set(`run_at = '3000-01-01'`);
    expect(await call('retry')).toBe('queued');
    expect(await job('status, input, error_code, run_at')).toEqual({
      status: 'queued',
      input: { id: 7 },
      error_code: null,
      run_at: null,
    });
    await call('cancel');
    await call('retry', `, '{"n": 12345678901234567890}'`);
    expect(await job('status, input_problem IS NOT NULL AS problem')).toEqual({
      status: 'queued',
      problem: true,
    });
    await call('cancel');
    await call('retry', `, 'null'`);
    expect(await job('input::text, input_problem')).toEqual({ input: 'null', input_problem: null });
  });

  test.each(['queued', 'processing'])('is refused for a job that is %s', async (status) => {
    if (status === 'processing') await set(runs);
    expect(await tables.refusal(`SELECT switchyard.retry('${orders.name}', 7)`)).toEqual({
      code: '55000',
      message: `job 7 of the queue "${orders.name}" cannot be retried: it is ${status}`,
      hint: 'Only a job that has ended can: cancel it first, and retry it when it is canceled.',
    });
  });
});

describe('reprioritize and reschedule', () => {
  test('change a job that waits', async () => {
    await call('reprioritize', ', -3');
    await call('reschedule', `, '3000-01-01Z'`);
    expect(await job('priority, run_at')).toEqual({ priority: -3, run_at: new Date('3000-01-01') });
    await call('reschedule', `, now() - interval '1 day'`);
    expect(await job('run_at')).toEqual({ run_at: null });
    await call('reschedule', `, 'infinity'`);
    await call('reschedule', ', NULL');
    expect(await job('run_at')).toEqual({ run_at: null });
  });

  test.each([
    ['reprioritize', '5', 'can no longer be moved'],
    ['reschedule', 'now()', 'can no longer be rescheduled'],
  ])('%s is refused when it runs', async (name, argument, words) => {
    await set(runs);
    expect(await tables.refusal(`SELECT switchyard.${name}('${orders.name}', 7, ${argument})`)).toMatchObject(
      {
        code: '55000',
        message: `job 7 of the queue "${orders.name}" ${words}: it is processing`,
      },
    );
  });
});

describe('a queue over a job table of its own', () => {
  const queue = 'parcels-by-hand';
  beforeEach(async () => {
    const table = tables.newName();
    await tables.run('DELETE FROM switchyard.queues WHERE name = $1', [queue]);
    await tables.run(
      `CREATE TYPE "${table} state" AS ENUM ('ready', 'going', 'asking', 'done', 'failed', 'canceled', 'draft')`,
    );
    await tables.run(`CREATE TABLE "${table}" ("Parcel No" integer PRIMARY KEY, state "${table} state", run_id text, attempt integer NOT NULL DEFAULT 0,
                      urgency integer, run_at timestamptz, stop_at timestamptz, canceled_at timestamptz, error_code text, error_message text,
                      question jsonb, answer jsonb, answer_by timestamptz)`);
    const [columns, states] = [
      '{"id": "Parcel No", "status": "state", "priority": "urgency", "cancelRequestedAt": "stop_at"}',
      '{"waiting": "ready", "inFlight": "going", "complete": "done", "parked": "asking"}',
    ];
    for (const part of ['before_update', 'after_update', 'after_insert', 'before_answer', 'after_answer'])
      await tables.run(`DROP FUNCTION IF EXISTS switchyard."${queue}_${part}"() CASCADE`);
    await tables.run('SELECT switchyard.add_job_table($1, $2::text::regclass, $3, $4)', [
      queue,
      `"${table}"`,
      columns,
      states,
    ]);
    await tables.run(
      `SELECT switchyard.add_parking($1, $2::text::regclass, 'asking', '{"id": "Parcel No", "status": "state", "cancelRequestedAt": "stop_at"}', 'ready')`,
      [queue, `"${table}"`],
    );
    await tables.run(`INSERT INTO "${table}" ("Parcel No", state) VALUES (7, 'ready'), (8, 'draft')`);
    parcels = `"${table}"`;
  });
  let parcels: string;
  const read = async (fields: string) =>
    (await tables.run(`SELECT ${fields} FROM ${parcels} WHERE "Parcel No" = 7`))[0];

  test('is canceled, retried, reprioritized, rescheduled and signaled by its own words', async () => {
    await call('reprioritize', ', 4', queue);
    await call('reschedule', `, 'infinity'`, queue);
    expect(await read('urgency, run_at::text')).toEqual({ urgency: 4, run_at: 'infinity' });
    expect(await call('cancel', '', queue)).toBe('canceled');
    expect(await call('retry', '', queue)).toBe('queued');
    expect(await read('state, run_at')).toEqual({ state: 'ready', run_at: null });
    await tables.run(`UPDATE ${parcels} SET state = 'going', run_id = 'r' WHERE "Parcel No" = 7`);
    const id = await call('signal', `, 'approve'`, queue);
    expect(await tables.run('SELECT status FROM switchyard.signals WHERE id = $1', [id])).toEqual([
      { status: 'waiting' },
    ]);
    await tables.run(`UPDATE ${parcels} SET state = 'done' WHERE "Parcel No" = 7`);
    expect(await call('cancel', '', queue)).toBe('complete');
    expect(await tables.refusal(`SELECT switchyard.retry('${queue}', 7, '1')`)).toMatchObject({
      code: '22023',
    });
  });

  test('is asked to end while it is parked', async () => {
    await tables.run(`UPDATE ${parcels} SET state = 'going', run_id = 'r' WHERE "Parcel No" = 7`);
    await tables.run(`UPDATE ${parcels} SET state = 'asking' WHERE "Parcel No" = 7`);
    expect(await call('cancel', '', queue)).toBe('parked');
    expect(await read('stop_at IS NOT NULL AS asked')).toEqual({ asked: true });
  });

  test('in a state of its own is left as it is', async () => {
    expect(await tables.run(`SELECT switchyard.cancel('${queue}', 8) AS answer`)).toEqual([
      { answer: 'draft' },
    ]);
    expect(await tables.refusal(`SELECT switchyard.retry('${queue}', 8)`)).toMatchObject({
      message: `job 8 of the queue "${queue}" cannot be retried: it is draft`,
    });
  });

  test('whose table is gone says so', async () => {
    await tables.run(`DROP TABLE ${parcels}`);
    expect(await tables.refusal(`SELECT switchyard.cancel('${queue}', 7)`)).toMatchObject({ code: '42P01' });
  });
});

describe('job', () => {
  const look = async (fields = '*', id: unknown = 7, queue = orders.name) =>
    tables.run(`SELECT ${fields} FROM switchyard.job($1, $2::text)`, [queue, id]);

  test('answers one row, whatever the type of the id', async () => {
    await tables.run(`UPDATE switchyard_jobs."${orders.name}" SET key = 'acme', priority = -2`);
    const [whole] = await tables.run(`SELECT * FROM switchyard.job('${orders.name}', 7)`);
    expect(whole).toEqual({
      id: '7',
      status: 'queued',
      workflow_id: `${orders.name}:7`,
      run_id: null,
      attempt: '0',
      input: { id: 7 },
      result: null,
      result_note: null,
      error_code: null,
      error_message: null,
      key: 'acme',
      priority: '-2',
      run_at: null,
      created_at: expect.any(Date),
      started_at: null,
      ended_at: null,
      cancel_requested_at: null,
      why_waiting: 'its turn has not come',
    });
    expect(await look()).toEqual([whole]);
  });

  test('answers no row where there is no such job, and refuses what is no id or no queue', async () => {
    expect(await look('*', 8)).toEqual([]);
    expect(await look('*', null)).toEqual([]);
    expect(await tables.refusal(`SELECT switchyard.job('${orders.name}', 'x')`)).toEqual({
      code: '22P02',
      message: `"x" is no id of a job of the queue "${orders.name}"`,
      hint: 'Its ids are of type bigint.',
    });
    expect(await tables.refusal(`SELECT switchyard.job('nothing', 7)`)).toMatchObject({ code: '42704' });
  });

  test('says how the job ended', async () => {
    await end('failed');
    await set('failed_at = now()');
    expect(await look('status, error_code, ended_at, run_id, why_waiting')).toEqual([
      { status: 'failed', error_code: 'X', ended_at: expect.any(Date), run_id: 'r', why_waiting: null },
    ]);
  });

  test('says why a queued job waits: its time, a pause, a refused start', async () => {
    const why = async () => (await look('why_waiting'))[0]?.['why_waiting'];
    await tables.run(`SELECT switchyard.note_refused_start($1, '7', 0, 'the id is taken', 'ID_TAKEN')`, [
      orders.name,
    ]);
    expect(await why()).toBe('its start was refused: the id is taken');
    await tables.run(
      `INSERT INTO switchyard.pauses (scope, queue, key, reason) VALUES ('key', $1, 'other', 'theirs'), ('key', $1, '', 'ours')`,
      [orders.name],
    );
    expect(await why()).toBe('the key "" is paused by test: ours');
    await tables.run(`SELECT switchyard.reschedule($1, 7, '3000-01-01Z')`, [orders.name]);
    expect(await why()).toBe('it is not to start before 3000-01-01T00:00:00.000Z');
    await tables.run(`UPDATE switchyard_jobs."${orders.name}" SET run_at = 'infinity'`);
    expect(await why()).toBe('it is not to start before infinity');
  });

  test("of an application's own job table it answers neither input nor result", async () => {
    const [letter] = await tables.run(
      `INSERT INTO letters (customer, result_path) VALUES ('acme', 'a/b') RETURNING id`,
    );
    const id = String(letter?.['id']);
    const [answered] = await look('*', id, 'letters');
    expect(answered).toMatchObject({ id, workflow_id: id, status: 'queued', input: null, result: null });
  });
});
