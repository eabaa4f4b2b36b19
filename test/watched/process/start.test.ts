import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';
import { runStock, type StockProcess } from './stock.ts';

let yard: WatchedYard;
const running: StockProcess[] = [];
beforeEach(async () => {
  yard = await openWatchedYard();
  await yard.runWorker();
});
afterEach(async () => {
  for (const process of running.splice(0)) {
    process.kill('SIGKILL');
    await process.ended;
  }
  await yard.close();
});

/** With a task queue of its own: other tests have theirs in the same namespace. */
function start(args: readonly string[], env: Record<string, string> = {}): StockProcess {
  const process = runStock(['start', ...args], {
    DATABASE_URL: yard.databaseUrl,
    TASK_QUEUE: `switchyard-${randomUUID()}`,
    ...env,
  });
  running.push(process);
  return process;
}

const serves = (process: StockProcess, queue: string) =>
  until(async () => process.said('queue is served', { queue }));

test('a queue that is made while the starter runs is served within a second, and no more once it is dropped', async () => {
  const starter = start(['starter']);
  await until(async () => starter.said('starter runs'));
  const waits: number[] = [];
  for (const name of ['first', 'second', 'third', 'fourth', 'fifth']) {
    const queue = await yard.createQueue(name, 'echo');
    const id = await yard.insertJob(queue, { input: { a: 1 } });
    const insertedAt = Date.now();
    const row = await until(async () => {
      const found = await yard.readJob(queue, id);
      return found['status'] !== 'queued' && found;
    });
    waits.push((row['started_at'] as Date).getTime() - insertedAt);
  }
  // The quickest: a busy machine holds up some. The registry is read again without a notice every 30 s.
  expect(Math.min(...waits), String(waits)).toBeLessThan(1_000);

  await yard.pool.query(
    `DELETE FROM switchyard.queues WHERE name = 'fifth'; DROP TABLE switchyard_jobs.fifth`,
  );
  await until(async () => starter.said('queue is no longer served', { queue: 'fifth' }));
});

test('a starter that was killed is replaced by another, which serves what it finds', async () => {
  const first = start(['starter']);
  const queue = await yard.createQueue('mail', 'echo');
  await serves(first, 'mail');
  first.kill('SIGKILL');
  await first.ended;
  const id = await yard.insertJob(queue, { input: 1 });
  const second = start(['starter']);
  await until(async () => (await yard.readJob(queue, id))['status'] !== 'queued');
  second.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(second.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

test('a queue that does not fit its table keeps no other from being served, and is served once it fits', async () => {
  const misfit = await yard.createQueue('misfit', 'echo');
  await yard.createQueue('mail', 'echo');
  await yard.pool.query(`ALTER TABLE switchyard_jobs.misfit RENAME result TO outcome`);
  const starter = start(['starter']);
  await serves(starter, 'mail');
  const refused = await until(async () =>
    starter.said('the queue is not served; it is tried again', { queue: 'misfit' }),
  );
  expect(refused).toMatchObject({ level: 50, why: expect.stringContaining('"result"') });
  await yard.pool.query(`ALTER TABLE switchyard_jobs.misfit RENAME outcome TO result`);
  await yard.pool.query(`UPDATE switchyard.queues SET updated_at = now() WHERE name = 'mail'`); // rings
  await serves(starter, 'misfit');
  const id = await yard.insertJob(misfit, {});
  await until(async () => (await yard.readJob(misfit, id))['status'] !== 'queued');
  expect(starter.lines.filter(({ level }) => level === 50)).toHaveLength(1);
});

test('a queue whose definition changes is served anew', async () => {
  const queue = await yard.createQueue('mail', 'failWith');
  const starter = start(['starter']);
  await serves(starter, 'mail');
  await yard.pool.query(`UPDATE switchyard.queues SET workflow = 'echo' WHERE name = 'mail'`);
  await until(async () => starter.said('queue is served', { queue: 'mail', workflow: 'echo' }));
  const id = await yard.insertJob(queue, { input: 'hello' });
  await until(async () => (await yard.readJob(queue, id))['status'] !== 'queued');
});

test('QUEUES names what is served, and what is waited for', async () => {
  await yard.createQueue('mail', 'echo');
  const starter = start(['starter'], { QUEUES: 'later' });
  const waits = 'QUEUES names a queue that is not there; it is served when it comes';
  await until(async () => starter.said(waits, { queue: 'later' }));
  await yard.createQueue('later', 'echo');
  await serves(starter, 'later');
  expect(starter.said('queue is served', { queue: 'mail' })).toBeUndefined();
});
