import type { Client } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { resetToFirstTask } from '../../support/reset.ts';
import { until } from '../../support/until.ts';
import { openWatch, type RunningJob, startJob } from '../../support/watched/watching.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let opened: ReturnType<typeof openWatch>;
const queues = new Map<string, QueueDefinition>();
beforeAll(async () => {
  yard = await openWatchedYard();
  for (const [name, workflow] of [
    ['echoes', 'echo'],
    ['failures', 'failWith'],
    ['naps', 'sleepFor'],
    ['chains', 'continueTimes'],
    ['gates', 'waitAtGate'],
  ] as const)
    queues.set(name, await yard.createQueue(name, workflow));
  await yard.runWorker();
});
afterAll(() => yard.close());

let queue: QueueDefinition;
const watching = (name: string) => {
  queue = queues.get(name) as QueueDefinition;
  opened = openWatch(yard, queue);
  return opened.watch;
};
afterEach(() => opened.close());

const ended = (id: string) =>
  until(async () => {
    const job = await yard.readJob(queue, id);
    return job['status'] !== 'processing' && job;
  });

/** A job that is not followed, so that visibility is looked through. */
const insertUnfollowed = () =>
  yard.pool.query(
    `INSERT INTO ${queue.table} (id, workflow_id, status, run_id) VALUES (gen_random_uuid(), 'w', 'processing', 'r')`,
  );

/** A client that counts how often it asks Temporal for the state of a workflow. */
function countingDescribes(client: Client): { client: Client; asked: () => number } {
  let count = 0;
  const service = client.workflowService;
  const workflowService = new Proxy(service, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name === 'describeWorkflowExecution') count += 1;
      return value.bind(target);
    },
  });
  const counting = new Proxy(client, {
    get: (target, name) => {
      if (name === 'workflowService') return workflowService;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { client: counting, asked: () => count };
}

/** Starts a job and follows it. */
async function follow(name: string, input: unknown, workflow = {}): Promise<RunningJob> {
  const watch = watching(name);
  const job = await startJob(yard, queue, input, { workflow });
  await watch.started([job.id]);
  return job;
}

/** A job whose workflow has done its first task: what it is told now comes after the point to which it is reset. */
async function gate(): Promise<RunningJob> {
  const job = await follow('gates', {});
  await until(async () => {
    const { events } = await job.handle.fetchHistory();
    return events?.some((event) => event.workflowTaskCompletedEventAttributes);
  });
  return job;
}

test('writes what a workflow returned', async () => {
  const { id } = await follow('echoes', { a: [1, '2'] });
  expect(await ended(id)).toMatchObject({ status: 'complete', result: { a: [1, '2'] }, result_note: null });
});

test('asks for nothing more when it has heard that a workflow ended by itself', async () => {
  watching('echoes');
  await opened.close();
  const { client, asked } = countingDescribes(yard.client);
  opened = openWatch({ pool: yard.pool, client }, queue);
  const { id } = await startJob(yard, queue, 1);
  await opened.watch.started([id]);
  expect(await ended(id)).toMatchObject({ status: 'complete', result: 1 });
  expect(asked()).toBe(0);
});

test('writes how a workflow failed, in its own words', async () => {
  const { id } = await follow('failures', { type: 'CardDeclined', message: 'no money' });
  expect(await ended(id)).toMatchObject({
    status: 'failed',
    error_code: 'CardDeclined',
    error_message: 'no money',
  });
});

test('writes that a workflow was terminated, and why', async () => {
  const { id, handle } = await follow('naps', { ms: 600_000 });
  await handle.terminate('by hand');
  expect(await ended(id)).toMatchObject({
    status: 'failed',
    error_code: 'TERMINATED',
    error_message: 'the workflow was terminated: by hand',
  });
});

test('writes that a workflow timed out', async () => {
  const { id } = await follow('naps', { ms: 600_000 }, { workflowRunTimeout: '1 second' });
  expect(await ended(id)).toMatchObject({ status: 'failed', error_code: 'TIMED_OUT' });
});

test('writes that a workflow was canceled', async () => {
  const { id, handle } = await follow('naps', { ms: 600_000 });
  await handle.cancel();
  expect(await ended(id)).toMatchObject({ status: 'canceled', error_code: null });
});

test('follows a workflow that continues as new three times', async () => {
  const { id, runId } = await follow('chains', { left: 3 });
  expect(await ended(id)).toMatchObject({ status: 'complete', result: 3, run_id: runId });
});

test('follows a workflow that is reset while it runs', async () => {
  const { id, workflowId, runId } = await gate();
  await resetToFirstTask(yard.client, workflowId);
  await yard.client.workflow.getHandle(workflowId).signal('open', 'after the reset');
  expect(await ended(id)).toMatchObject({ status: 'complete', result: 'after the reset', run_id: runId });
});

test('brings a job back whose workflow is reset after its end', async () => {
  const { id, workflowId, runId, handle } = await gate();
  await handle.signal('open', 'at first');
  expect(await ended(id)).toMatchObject({ status: 'complete', result: 'at first' });
  await resetToFirstTask(yard.client, workflowId, { withSignals: false });
  const revived = await until(async () => {
    await opened.watch.resetOnce();
    const job = await yard.readJob(queue, id);
    return job['status'] === 'processing' && job;
  });
  expect(revived).toMatchObject({ result: null, completed_at: null, run_id: runId });
  await yard.client.workflow.getHandle(workflowId).signal('open', 'at last');
  expect(await ended(id)).toMatchObject({ status: 'complete', result: 'at last', run_id: runId });
});

test('does not write the end from before a reset to the row that the reset brought back', async () => {
  const { id, workflowId, handle } = await gate();
  await handle.signal('open', 'at first');
  await ended(id);
  await resetToFirstTask(yard.client, workflowId, { withSignals: false });
  await until(async () => {
    await opened.watch.resetOnce();
    return (await yard.readJob(queue, id))['status'] === 'processing';
  });
  await opened.close();
  const { client, asked } = countingDescribes(yard.client);
  opened = openWatch({ pool: yard.pool, client }, queue);
  await opened.watch.started([id]); // hears at once how the first run ended
  await until(async () => asked() > 0 || (await yard.readJob(queue, id))['status'] !== 'processing');
  expect(await yard.readJob(queue, id)).toMatchObject({ status: 'processing', result: null });
  await yard.client.workflow.getHandle(workflowId).signal('open', 'at last');
  expect(await ended(id)).toMatchObject({ status: 'complete', result: 'at last' });
});

test('writes the end of a workflow that was reset after its end, and ended again before anybody looked', async () => {
  const { id, workflowId, handle, runId } = await gate();
  await handle.signal('open', 'at first');
  expect(await ended(id)).toMatchObject({ status: 'complete', result: 'at first' });
  const reset = await resetToFirstTask(yard.client, workflowId, { withSignals: false });
  await yard.client.workflow.getHandle(workflowId, reset).terminate('again');
  await opened.watch.holdOnce();
  await insertUnfollowed();
  const job = await until(async () => {
    await opened.watch.closedOnce();
    const read = await yard.readJob(queue, id);
    return read['status'] === 'failed' && read;
  });
  expect(job).toMatchObject({
    error_message: 'the workflow was terminated: again',
    result: null,
    run_id: runId,
  });
});
