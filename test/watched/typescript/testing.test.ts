import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineQueue, enqueue, getJob, queueSql, queueStatement, signal } from '../../../src/index.ts';
import { claimOnce, untilEnded } from '../../../src/testing/index.ts';
import { startPlainWorker } from '../../support/plain-worker.ts';
import { connectTemporal } from '../../support/temporal.ts';
import type { collectSignals, echo, failWith } from '../../support/watched/workflows.ts';
import { approve } from '../../support/watched/workflows.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';
import { approve as approveOrder, parcelOf } from './example/jobs.ts';
import { orders } from './example/queues.ts';

let yard: WatchedYard;
let stopWorker: () => Promise<void>;
beforeAll(async () => {
  yard = await openWatchedYard();
  const { connection, close } = await connectTemporal();
  const workflowsPath = fileURLToPath(new URL('./testing-workflows.ts', import.meta.url));
  const stop = await startPlainWorker({ connection, taskQueue: yard.taskQueue, workflowsPath });
  stopWorker = async () => {
    await stop();
    await close();
  };
});
afterAll(async () => {
  await stopWorker();
  await yard.close();
});

const defined = () => {
  const { taskQueue } = yard;
  return {
    echoes: defineQueue<typeof echo>('echoes', { workflow: 'echo', taskQueue, inputIsArgs: true }),
    sums: defineQueue('sums', { workflow: 'echo', taskQueue, resultSchema: z.object({ total: z.number() }) }),
    failures: defineQueue<typeof failWith>('failures', { workflow: 'failWith', taskQueue }),
    signaled: defineQueue<typeof collectSignals>('signaled', { workflow: 'collectSignals', taskQueue }),
  };
};
let queues: ReturnType<typeof defined>;
beforeAll(async () => {
  queues = defined();
  for (const queue of Object.values(queues)) {
    const { text, values } = queueStatement(queue);
    await yard.pool.query(text, values);
  }
});

const own = () => ({ pool: yard.pool, client: yard.client });

describe('tests of an application', () => {
  test('run a watched job to its end, by its definition or its name', async () => {
    const id = await enqueue(yard.pool, queues.echoes, ['a', { b: 1 }]);
    expect(await claimOnce({ ...own(), queue: queues.echoes })).toMatchObject({ started: 1 });
    const job = await untilEnded({ ...own(), queue: queues.echoes, id });
    expect(job).toMatchObject({ id, status: 'complete', attempt: 1, result: ['a', { b: 1 }] });
    const next = await enqueue(yard.pool, queues.echoes, []);
    expect(await untilEnded({ ...own(), queue: 'echoes', id: next })).toMatchObject({ status: 'complete' });
  });

  test('see how a job failed', async () => {
    const id = await enqueue(yard.pool, queues.failures, { type: 'CardDeclined', message: 'no money' });
    const { status, errorCode, errorMessage, result } = await untilEnded({
      ...own(),
      queue: queues.failures,
      id,
    });
    expect({ status, errorCode, errorMessage, result }).toEqual({
      status: 'failed',
      errorCode: 'CardDeclined',
      errorMessage: 'no money',
      result: null,
    });
  });

  test('see signals arrive, in order', async () => {
    const id = await enqueue(yard.pool, queues.signaled, { count: 2 });
    await signal(yard.pool, queues.signaled, id, approve, { by: 'ann' });
    await signal(yard.pool, queues.signaled, id, 'approve', 2);
    const { result } = await untilEnded({ ...own(), queue: queues.signaled, id });
    expect(result).toEqual([{ by: 'ann' }, 2]);
  });

  test('hear of a queue that is not in the database', async () => {
    const missing = defineQueue('missing', { workflow: 'w', taskQueue: 't' });
    await expect(claimOnce({ ...own(), queue: missing })).rejects.toThrow(
      'the database has no watched queue "missing"',
    );
  });

  test('hear of a job that is not there, or does not end', async () => {
    const options = { ...own(), queue: queues.signaled, timeoutMs: 1 };
    const none = '5b0c0a43-7f27-4d0e-9b12-5b5d7d4f8f10';
    await expect(untilEnded({ ...options, id: none })).rejects.toThrow(`queue "signaled" has no job ${none}`);
    const id = await enqueue(yard.pool, queues.signaled, { count: 1 });
    await claimOnce(options);
    await expect(untilEnded({ ...options, id })).rejects.toThrow(
      /has not ended within 1 ms: it is processing/,
    );
  });
});

describe('the schema of a result', () => {
  test('refuses what does not fit, when the job is complete', async () => {
    const id = await enqueue(yard.pool, queues.sums, { total: 'many' });
    expect(await getJob(yard.pool, queues.sums, id)).toMatchObject({ status: 'queued', result: null });
    await expect(untilEnded({ ...own(), queue: queues.sums, id })).rejects.toThrow(
      `the result of job ${id} of queue "sums" does not fit its schema: total: `,
    );
    const fit = await enqueue(yard.pool, queues.sums, { total: 5, other: 1 });
    const { result } = await untilEnded({ ...own(), queue: queues.sums, id: fit });
    expect(result).toEqual({ total: 5 });
  });
});

test('the order of docs/typescript.md goes from its row to its parcel', async () => {
  const { pool, client, taskQueue } = yard;
  await pool.query(
    'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL, job_status text)',
  );
  await pool.query(queueSql(defineQueue('orders', { ...orders.options, taskQueue })).create);
  const { rows } = await pool.query("INSERT INTO orders (state) VALUES ('paid') RETURNING id::text");
  const { id } = rows[0];
  const row = () => pool.query('SELECT job_status FROM orders').then((answer) => answer.rows);
  expect(await claimOnce({ pool, client, queue: 'orders' })).toMatchObject({ started: 1 });
  expect(await row()).toEqual([{ job_status: 'processing' }]);
  expect(await parcelOf(pool, id)).toBeUndefined();
  await approveOrder(pool, id);
  const job = await untilEnded({ pool, client, queue: orders, id });
  expect(job.result).toEqual({ parcel: `P-${id}`, by: 'ann' });
  expect(await row()).toEqual([{ job_status: 'complete' }]);
  expect(await parcelOf(pool, id)).toBe(`P-${id}`);
  await pool.query('UPDATE orders SET job_status = NULL');
  await pool.query('UPDATE switchyard_jobs.orders SET mirror_due = true');
  await untilEnded({ pool, client, queue: orders, id });
  expect(await row()).toEqual([{ job_status: 'complete' }]);
});
