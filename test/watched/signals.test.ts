import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTemporalClient } from '../../src/platform/temporal.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { SignalRows } from '../../src/starter/signal-rows.ts';
import { Signals } from '../../src/starter/signals.ts';
import { Starter } from '../../src/starter/starter.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';
import { openWatchedYard, type WatchedYard } from '../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
let walking: QueueDefinition;
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('orders', 'collectSignals');
  walking = await yard.createQueue('walks', 'hearOneInEachRun');
  await yard.runWorker();
});
afterAll(() => yard.close());
beforeEach(() => yard.pool.query('DELETE FROM switchyard.signals'));

const partsOf = (of: QueueDefinition) => ({
  pool: yard.pool,
  client: yard.client,
  queue: of,
  log: silentLogger,
});
const claim = (of = queue) => new Starter({ ...partsOf(of), workerId: 'starter-1' }).runOnce();
const deliver = (of = queue) => new SignalRows(partsOf(of)).runOnce();

/** A job of collecting so many signals, whose workflow runs. */
async function startJob(count: number, of = queue): Promise<string> {
  const id = await yard.insertJob(of, { input: { count } });
  await claim(of);
  return id;
}

async function signal(id: string, args: unknown[], { of = queue, name = 'approve' } = {}): Promise<string> {
  const { rows } = await yard.pool.query(
    'INSERT INTO switchyard.signals (queue, job_id, name, args) VALUES ($1, $2, $3, $4) RETURNING id::text',
    [of.name, id, name, JSON.stringify(args)],
  );
  return rows[0].id;
}

async function signalsOf(id: string) {
  const { rows } = await yard.pool.query(
    'SELECT id::text, status, run_id, error, ended_at FROM switchyard.signals WHERE job_id = $1 ORDER BY id',
    [id],
  );
  return rows;
}

const eventsOf = async (id: string) => {
  const { rows } = await yard.pool.query(
    `SELECT detail FROM switchyard.job_events WHERE job_id = $1 AND code = 'SIGNAL_FAILED' ORDER BY id`,
    [id],
  );
  return rows.map(({ detail }) => detail as string);
};

/** As a crash between the delivery and its COMMIT leaves them: the run that they were sent to is written down. */
const rollBack = (id: string) =>
  yard.pool.query(`UPDATE switchyard.signals SET status = 'waiting', ended_at = NULL WHERE job_id = $1`, [
    id,
  ]);

const signaledEvents = async (workflowId: string, runId?: string) => {
  const { events } = await yard.client.workflow.getHandle(workflowId, runId).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) => signaled ?? []);
};

describe('the signals of a job', () => {
  test('come to its workflow in their order, each once', async () => {
    const id = await startJob(3);
    for (const by of ['ann', 'ben', 'cas']) await signal(id, [by]);
    expect(await deliver()).toEqual({ delivered: 3, failed: 0, againInMs: undefined });
    expect(await yard.workflow(queue, id).result()).toEqual(['ann', 'ben', 'cas']);
    expect(await signalsOf(id)).toMatchObject(Array(3).fill({ status: 'delivered', error: null }));
    expect(await deliver()).toEqual({ delivered: 0, failed: 0, againInMs: undefined });
  });

  test('carry their JSON exactly, and as many arguments as they have', async () => {
    const id = await startJob(1);
    await yard.pool.query(
      `INSERT INTO switchyard.signals (queue, job_id, name, args)
       VALUES ($1, $2, 'approve', '[12345678901234567890.10, {"b": "ü"}]')`,
      [queue.name, id],
    );
    await deliver();
    await yard.workflow(queue, id).result(); // while its task runs, a signal is not in the history yet
    const [signaled] = await signaledEvents(`orders:${id}`);
    expect(signaled?.input?.payloads?.map(({ data }) => String(data))).toEqual([
      '12345678901234567890.10',
      '{"b": "ü"}',
    ]);
  });

  test('wait while it is queued, and whoever delivers them is rung for when it starts', async () => {
    const id = await yard.insertJob(queue, { input: { count: 1 } });
    await signal(id, ['ann']);
    expect(await deliver()).toMatchObject({ delivered: 0, failed: 0 });
    expect(await signalsOf(id)).toMatchObject([{ status: 'waiting', run_id: null }]);
    const listener = await yard.pool.connect();
    const rings: (string | undefined)[] = [];
    listener.on('notification', ({ payload }) => rings.push(payload));
    await listener.query('LISTEN switchyard_cancel');
    await yard.pool.query(
      'INSERT INTO switchyard.doorbells (queue, armed, signals) VALUES ($1, false, true)',
      [queue.name],
    );
    await claim();
    await until(async () => (rings.length > 0 ? rings : undefined));
    listener.release(true);
    expect(rings).toEqual([queue.name]);
    await deliver();
    expect(await yard.workflow(queue, id).result()).toEqual(['ann']);
  });

  test('are part of the pass that tells workflows what rows ask for', async () => {
    const id = await startJob(1);
    await signal(id, ['ann']);
    expect(await new Signals(partsOf(queue)).runOnce()).toMatchObject({ signaled: 1 });
  });

  test('are left to the starter that has the first of them, and do not hold up those of other jobs', async () => {
    const ids = await Promise.all([1, 2].map(() => yard.insertJob(queue, { input: { count: 2 } })));
    await claim();
    for (const id of ids) for (const by of ['ann', 'ben']) await signal(id, [by]);
    const [first = '', other = ''] = ids;
    const { rows } = await yard.pool.query('SELECT min(id) AS id FROM switchyard.signals WHERE job_id = $1', [
      first,
    ]);
    const starter = await yard.pool.connect();
    await starter.query('BEGIN');
    await starter.query('SELECT FROM switchyard.signals WHERE id = $1 FOR UPDATE', [rows[0].id]);
    expect(await deliver()).toMatchObject({ delivered: 2 });
    expect(await yard.workflow(queue, other).result()).toEqual(['ann', 'ben']);
    await starter.query('ROLLBACK');
    starter.release();
    expect(await signalsOf(first)).toMatchObject(Array(2).fill({ status: 'waiting', run_id: null }));
    await deliver();
    expect(await yard.workflow(queue, first).result()).toEqual(['ann', 'ben']);
  });

  test('are not delivered twice, nor out of order, by several starters at once', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => yard.insertJob(queue, { input: { count: 8 } })));
    await claim();
    for (let n = 0; n < 8; n++) for (const id of ids) await signal(id, [n]);
    const all = async () => {
      while ((await deliver()).delivered > 0);
    };
    await Promise.all([all(), all(), all()]);
    await deliver();
    for (const id of ids) expect(await yard.workflow(queue, id).result()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('after a crash between delivery and COMMIT a signal is not delivered again', () => {
  test('to a run that is open', async () => {
    const id = await startJob(2);
    await signal(id, ['ann']);
    await deliver();
    await rollBack(id);
    expect(await deliver()).toMatchObject({ delivered: 1, failed: 0 });
    const workflowId = `orders:${id}`;
    expect(await until(async () => (await signaledEvents(workflowId)).length)).toBe(1);
  });

  test('to a run that has ended since', async () => {
    const id = await startJob(1);
    await signal(id, ['ann']);
    await deliver();
    await yard.workflow(queue, id).result();
    await rollBack(id);
    expect(await deliver()).toMatchObject({ delivered: 1, failed: 0 });
  });

  test('to a run that has continued as new since, nor to the next one', async () => {
    const id = await startJob(2, walking);
    const workflow = yard.workflow(walking, id);
    await signal(id, ['ann'], { of: walking });
    await deliver(walking);
    const { run_id: first } = await yard.readJob(walking, id);
    await until(async () => ((await workflow.describe()).runId === first ? undefined : true));
    await rollBack(id);
    expect(await deliver(walking)).toMatchObject({ delivered: 1, failed: 0 });
    expect(await signaledEvents(`walks:${id}`)).toHaveLength(0);
    await signal(id, ['ben'], { of: walking });
    await deliver(walking);
    expect(await workflow.result()).toEqual(['ann', 'ben']);
  });

  test('to the next attempt of its job', async () => {
    const id = await startJob(2);
    await signal(id, ['ann']);
    await deliver();
    await rollBack(id);
    await yard.workflow(queue, id).terminate();
    await yard.pool.query(`UPDATE ${queue.table} SET status = 'failed', error_code = 'X' WHERE id = $1`, [
      id,
    ]);
    await yard.pool.query(`UPDATE ${queue.table} SET status = 'queued' WHERE id = $1`, [id]);
    await claim();
    expect(await yard.readJob(queue, id)).toMatchObject({ status: 'processing', attempt: 2 });
    expect(await deliver()).toMatchObject({ delivered: 1 });
    expect(await signaledEvents(`orders:${id}`)).toHaveLength(0);
  });
});

test('a signal goes to the open run of a chain that has continued as new', async () => {
  const id = await startJob(3, walking);
  const { run_id: first } = await yard.readJob(walking, id);
  const workflow = yard.workflow(walking, id);
  await workflow.signal('approve', 'by hand');
  await until(async () => ((await workflow.describe()).runId === first ? undefined : true));
  await signal(id, ['ann'], { of: walking });
  expect(await deliver(walking)).toMatchObject({ delivered: 1 });
  await until(async () => ((await signalsOf(id))[0]?.status === 'delivered' ? true : undefined));
  await signal(id, ['ben'], { of: walking });
  await deliver(walking);
  expect(await workflow.result()).toEqual(['by hand', 'ann', 'ben']);
});

describe('a signal fails, with words and an event on its job,', () => {
  test('when the job has ended', async () => {
    const id = await startJob(9);
    await yard.pool.query(`UPDATE ${queue.table} SET status = 'complete' WHERE id = $1`, [id]);
    await signal(id, ['ann']);
    expect(await deliver()).toMatchObject({ delivered: 0, failed: 1 });
    const [failed] = await signalsOf(id);
    expect(failed).toMatchObject({
      status: 'failed',
      error: 'the job has ended',
      ended_at: expect.any(Date),
    });
    expect(await eventsOf(id)).toEqual([
      `the signal approve (${failed.id}) was not delivered: the job has ended`,
    ]);
  });

  test.each(['00000000-0000-4000-8000-000000000000', 'no id at all'])(
    'when there is no job %s',
    async (id) => {
      await signal(id, []);
      expect(await deliver()).toMatchObject({ failed: 1 });
      expect(await signalsOf(id)).toMatchObject([{ status: 'failed', error: 'the job is gone' }]);
    },
  );

  test('when its workflow has ended, and leaves one alone that came to have its id', async () => {
    const id = await startJob(9);
    const workflowId = `orders:${id}`;
    await yard.workflow(queue, id).terminate();
    await signal(id, ['ann']);
    await deliver();
    expect(await signalsOf(id)).toMatchObject([{ error: 'the workflow of the job has ended' }]);
    const { taskQueue } = yard;
    const args = [{ count: 9 }];
    await yard.client.workflow.start('collectSignals', { workflowId, taskQueue, args });
    await signal(id, ['ben']);
    expect(await deliver()).toMatchObject({ delivered: 0, failed: 1 });
    expect((await signalsOf(id))[1]).toMatchObject({
      error: 'the workflow of the job has ended, and another one has its id',
    });
    expect(await signaledEvents(workflowId)).toEqual([]);
    expect(await eventsOf(id)).toHaveLength(2);
  });

  test.each([
    ['its arguments are too large', 'approve', ['x'.repeat(3_000_000)]],
    ['its message is too large', 'approve', ['x'.repeat(6_000_000)]],
    ['its name is too long', 'x'.repeat(1_001), []],
  ])('when %s, and those behind it go on', async (_, name, args) => {
    const id = await startJob(1);
    await signal(id, args, { name });
    await signal(id, ['ann']);
    expect(await deliver()).toMatchObject({ delivered: 1, failed: 1 });
    expect(await signalsOf(id)).toMatchObject([
      {
        status: 'failed',
        error: expect.stringMatching(/^(Temporal refuses it: |its arguments have 6000002 bytes)/),
      },
      { status: 'delivered' },
    ]);
    expect(await yard.workflow(queue, id).result()).toEqual(['ann']);
  });
});

test('a signal waits while Temporal is away', async () => {
  const id = await startJob(1);
  await signal(id, ['ann']);
  const client = createTemporalClient(
    { connection: { address: '127.0.0.1:1' }, namespace: 'default', dataConverter: {} },
    'test',
  );
  const hasty: Client = Object.assign(Object.create(client), {
    withDeadline: (_: number, work: () => Promise<unknown>) => client.withDeadline(Date.now() + 300, work),
  });
  const signals = new SignalRows({ ...partsOf(queue), client: hasty });
  expect(await signals.runOnce()).toEqual({ delivered: 0, failed: 0, againInMs: expect.any(Number) });
  expect(await signalsOf(id)).toMatchObject([{ status: 'waiting', run_id: expect.any(String) }]);
  expect((await signals.runOnce()).againInMs).toBeGreaterThan(3_000);
  await deliver();
  expect(await yard.workflow(queue, id).result()).toEqual(['ann']);
  await client.connection.close();
});

test('a signal of a fenced job comes to its workflow', async () => {
  const letters = lettersQueue();
  const workflowId = randomUUID();
  const { taskQueue } = yard;
  const workflow = await yard.client.workflow.start('collectSignals', {
    workflowId,
    taskQueue,
    args: [{ count: 1 }],
  });
  await insertLetter(yard.pool, { id: workflowId });
  await signal(workflowId, ['ann'], { of: letters });
  expect(await deliver(letters)).toMatchObject({ delivered: 0, failed: 0 });
  await yard.pool.query(
    `UPDATE letters SET status = 'processing', run_id = $2, started_by = 'x', started_at = now(), deadline = now() WHERE id = $1`,
    [workflowId, workflow.firstExecutionRunId],
  );
  expect(await deliver(letters)).toMatchObject({ delivered: 1 });
  expect(await workflow.result()).toEqual(['ann']);
});
