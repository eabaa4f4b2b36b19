import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { until } from '../../support/until.ts';
import { openWatch, startJob } from '../../support/watched/watching.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('gates', 'waitAtGate');
});
afterAll(() => yard.close());

test('removes jobs that ended long ago, with their signals, and none whose workflow runs', async () => {
  const old = await yard.insertJob(queue, {});
  const young = await yard.insertJob(queue, {});
  const waiting = await yard.insertJob(queue, {});
  const running = await startJob(yard, queue, {});
  await until(async () => {
    const { count } = await yard.client.workflow.count(
      `WorkflowId = '${running.workflowId}' AND ExecutionStatus = 'Running'`,
    );
    return count > 0;
  });
  const end = (ids: string[], days: number) =>
    yard.pool.query(
      `UPDATE ${queue.table} SET status = 'failed', error_code = 'X', failed_at = now() - $2 * interval '1 day' WHERE id = ANY ($1)`,
      [ids, days],
    );
  await end([old, running.id], 10);
  await end([young], 1);
  for (const id of [old, young])
    await yard.pool.query(
      "INSERT INTO switchyard.signals (queue, job_id, name) VALUES ('gates', $1, 'approve')",
      [id],
    );
  const { watch, close } = openWatch(yard, queue, { keepJobsMs: 5 * 24 * 60 * 60 * 1000 });
  while (await watch.expiredOnce());
  await close();
  const { rows } = await yard.pool.query(`SELECT id FROM ${queue.table}`);
  expect(rows.map(({ id }) => id).toSorted()).toEqual([young, waiting, running.id].toSorted());
  expect((await yard.pool.query('SELECT job_id FROM switchyard.signals')).rows).toEqual([{ job_id: young }]);
  await running.handle.terminate();
});
