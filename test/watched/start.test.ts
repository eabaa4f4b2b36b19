import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { Starter } from '../../src/starter/starter.ts';
import { recordingLogger } from '../support/logger.ts';
import { openWatchedYard, type WatchedYard } from '../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('orders', 'echo');
  await yard.runWorker();
});
afterAll(() => yard.close());

const starterOf = (of = queue) => {
  const { log, lines } = recordingLogger();
  const starter = new Starter({
    pool: yard.pool,
    client: yard.client,
    queue: of,
    workerId: 'starter-1',
    log,
  });
  return { starter, lines };
};

test('starts the workflow of a waiting row with its input, and names its first run', async () => {
  const id = await yard.insertJob(queue, { input: { to: 'a' } });
  expect(await starterOf().starter.runOnce()).toMatchObject({ started: 1 });
  expect(await yard.workflow(queue, id).result()).toEqual({ to: 'a' });
  const { runId } = await yard.workflow(queue, id).describe();
  expect(await yard.readJob(queue, id)).toMatchObject({
    status: 'processing',
    attempt: 1,
    run_id: runId,
    deadline: null,
  });
});
