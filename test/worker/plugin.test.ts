import { randomUUID } from 'node:crypto';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostBox, type PostBox, workflowsPath } from '../support/postcards/post-box.ts';
import { until } from '../support/until.ts';

let box: PostBox;
beforeEach(async () => {
  box = await openPostBox();
});
afterEach(() => box.close());

describe('a workflow that knows nothing of Switchyard', () => {
  test('is given the columns of its row, and what it returns stands on the row', async () => {
    await box.runWorker();
    const id = await box.send('sendPostcard');
    await box.workflow(id).signal('collected');
    const result = { stamp: '2 ct', told: 'Ada was told' };
    expect(await box.workflow(id).result()).toEqual(result);
    expect(await box.read(id)).toMatchObject({ status: 'complete', attempt: 1, result });
  });

  test('may answer nothing, or a list', async () => {
    await box.runWorker();
    expect(await box.untilStatus(await box.send('answerNothing'), 'complete')).toMatchObject({
      result: null,
    });
    expect(await box.untilStatus(await box.send('answerList'), 'complete')).toMatchObject({
      result: ['a', 'answerList'],
    });
  });

  test('begins no work before its claim is committed', async () => {
    await box.runWorker();
    let stamped = false;
    box.activities.stamp = async () => {
      stamped = true;
      return '';
    };
    const { rows } = await box.pool.query<{ id: string }>(
      `INSERT INTO postcards (receiver, pages) VALUES ('Ada', 1) RETURNING id`,
    );
    const id = rows[0]?.id ?? '';
    const claim = await box.pool.connect();
    await claim.query('BEGIN');
    await claim.query('SELECT FROM postcards WHERE id = $1 FOR UPDATE', [id]);
    const { rowTaskQueue } = box.queue;
    const job = { queue: 'postcards', jobId: id, requestId: null, rowTaskQueue, plain: { result: 'result' } };
    const { firstExecutionRunId: runId } = await box.client.workflow.start('answerNothing', {
      workflowId: `postcards:${id}`,
      taskQueue: box.queue.taskQueue,
      args: [job],
    });
    await until(async () => {
      const { rows: waiting } = await box.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    expect(stamped).toBe(false);
    await claim.query(
      `UPDATE postcards SET status = 'processing', run_id = $2, attempt = 1, started_at = now() WHERE id = $1`,
      [id, runId],
    );
    await claim.query('COMMIT');
    claim.release();
    expect(await box.untilStatus(id, 'complete')).toMatchObject({ run_id: runId, attempt: 1 });
    expect(stamped).toBe(true);
  });

  test('fails its row with the type of its failure', async () => {
    await box.runWorker();
    const id = await box.send('refusePostcard');
    await expect(box.workflow(id).result()).rejects.toMatchObject({ cause: { type: 'BOX_FULL' } });
    expect(await box.read(id)).toMatchObject({ status: 'failed', error_code: 'BOX_FULL' });
  });

  test('takes its row along when it continues as new', async () => {
    await box.runWorker();
    const id = await box.send('copyPages', { pages: 3 });
    const row = await box.untilStatus(id, 'complete');
    expect(row).toMatchObject({ result: 3, attempt: 1 });
    expect(row.run_id).toBe((await box.workflow(id).describe()).runId);
  });

  test('is canceled by its row', async () => {
    await box.runWorker();
    const id = await box.send('sendPostcard');
    await box.pool.query('UPDATE postcards SET cancel_requested_at = now() WHERE id = $1', [id]);
    await box.signals().runOnce();
    await box.untilStatus(id, 'canceled');
  });

  test('writes nothing once its row is another run’s', async () => {
    await box.runWorker();
    const id = await box.send('sendPostcard');
    await box.untilStatus(id, 'processing');
    await box.pool.query(`UPDATE postcards SET run_id = 'another' WHERE id = $1`, [id]);
    await box.workflow(id).signal('collected');
    expect(await box.workflow(id).result()).toBeUndefined();
    expect(await box.read(id)).toMatchObject({ status: 'processing', run_id: 'another', result: null });
  });

  test('runs as it is when it is no job', async () => {
    await box.runWorker();
    const options = { taskQueue: box.queue.taskQueue, workflowId: randomUUID() };
    const answer = await box.client.workflow.execute('copyPages', { ...options, args: [{ pages: 2 }] });
    expect(answer).toBe(2);
  });
});

describe('a bundle that is built beforehand', () => {
  test('is taken when the bundler was given the plugin', async () => {
    const { plugins } = box.workerOptions();
    const { code } = await bundleWorkflowCode({ workflowsPath, plugins: [...(plugins ?? [])] });
    await box.runWorker({ workflowBundle: { code } });
    const id = await box.send('answerList');
    expect(await box.untilStatus(id, 'complete')).toMatchObject({ result: ['a', 'answerList'] });
  });

  test('is refused without it: its workflows would be given the job for their input', async () => {
    const { code } = await bundleWorkflowCode({ workflowsPath });
    await expect(Worker.create({ ...box.workerOptions(), workflowBundle: { code } })).rejects.toThrow(
      'give the plugin to bundleWorkflowCode',
    );
  });
});

describe('a worker of the engine', () => {
  test('does not start for a queue that has its task queue, or whose rows it would not write', async () => {
    const { taskQueue } = box.queue;
    const onOurs = { ...box.queue, taskQueue: `engine-${taskQueue}` };
    await expect(box.runEngine(onOurs)).rejects.toThrow('give the queue another');
    const unwritten = { ...box.queue, rowTaskQueue: 'nowhere' };
    await expect(box.runEngine(unwritten)).rejects.toThrow('the rowTaskQueue "nowhere"');
  });
});
