import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachSideBySide } from '../../../src/platform/side-by-side.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { Starter } from '../../../src/starter/starter.ts';
import { createWatchShare, runWatch } from '../../../src/starter/watch/run-watch.ts';
import { silentLogger } from '../../support/logger.ts';
import { until } from '../../support/until.ts';
import { memoOf } from '../../support/watched/watching.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('echoes', 'echo');
});
afterAll(() => yard.close());

/** A starter's watch of the queue, and what ends it. */
function start(workerId: string) {
  const stop = new AbortController();
  const share = createWatchShare({ client: yard.client, log: silentLogger, signal: stop.signal });
  const { pool, client } = yard;
  const running = runWatch({
    pool,
    client,
    queue,
    workerId,
    ...share,
    log: silentLogger,
    signal: stop.signal,
  });
  const close = async () => {
    stop.abort();
    await running.ended;
  };
  return { running, follower: share.follower, close };
}

const statuses = async () =>
  (await yard.pool.query(`SELECT status, count(*)::integer AS jobs FROM ${queue.table} GROUP BY status`))
    .rows;

/** Starts so many jobs, whose workflows have no worker, as a starter that is gone did. */
async function startMany(count: number): Promise<WorkflowHandle[]> {
  const jobs = Array.from({ length: count }, () => ({ id: randomUUID(), runId: '' }));
  const handles: WorkflowHandle[] = [];
  await eachSideBySide(jobs, 50, async (job) => {
    const handle = await yard.client.workflow.start(queue.workflowType, {
      workflowId: `${queue.name}:${job.id}`,
      taskQueue: queue.taskQueue,
      memo: memoOf(queue, job.id),
    });
    job.runId = handle.firstExecutionRunId;
    handles.push(handle);
  });
  await yard.pool.query(
    `INSERT INTO ${queue.table} (id, workflow_id, status, run_id, attempt, started_by, started_at)
     SELECT id, $3 || id, 'processing', run_id, 1, 'killed', clock_timestamp()
       FROM unnest($1::uuid[], $2::text[]) AS job (id, run_id)`,
    [jobs.map(({ id }) => id), jobs.map(({ runId }) => runId), `${queue.name}:`],
  );
  return handles;
}

test('writes the ends of a thousand jobs whose starter was killed, after a restart', async () => {
  const handles = await startMany(1_000);
  await eachSideBySide(handles.slice(0, 400), 50, (handle) => handle.terminate());
  const watch = start('another');
  await eachSideBySide(handles.slice(400), 50, (handle) => handle.terminate());
  await until(async () => (await statuses()).every(({ status }) => status === 'failed'));
  expect(await statuses()).toEqual([{ status: 'failed', jobs: 1_000 }]);
  await watch.close();
}, 180_000);

test('ends at once at the signal, with long polls under way, and hands the watch on', async () => {
  await yard.pool.query(`TRUNCATE ${queue.table}, switchyard.watches`);
  const [handle] = await startMany(1);
  const first = start('killed');
  const held = async (by: string) =>
    (await yard.pool.query('SELECT held_by FROM switchyard.watches')).rows[0]?.held_by.startsWith(by);
  await until(() => held('killed'));
  await first.close();
  const second = start('another');
  await until(() => held('another'));
  await handle?.terminate();
  await until(async () => (await statuses()).every(({ status }) => status === 'failed'));
  await second.close();
});

test('follows what a claim has started', async () => {
  await yard.pool.query(`TRUNCATE ${queue.table}`);
  const { pool, client } = yard;
  const id = await yard.insertJob(queue, {});
  const watch = start('claimer');
  const starter = new Starter({
    pool,
    client,
    queue,
    workerId: 'claimer',
    log: silentLogger,
    onStarted: (jobs) => watch.running.started(jobs),
  });
  await starter.runOnce();
  await until(async () => watch.follower.size === 1);
  await yard.workflow(queue, id).terminate();
  await until(async () => (await yard.readJob(queue, id))['status'] === 'failed');
  await watch.close();
});
