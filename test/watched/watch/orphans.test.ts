import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { until } from '../../support/until.ts';
import { memoOf, openWatch, type RunningJob, startJob } from '../../support/watched/watching.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
let opened: ReturnType<typeof openWatch>;
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('gates', 'waitAtGate');
});
afterAll(() => yard.close());
beforeEach(() => {
  opened = openWatch(yard, queue, { mostFollowed: 0 });
});
afterEach(async () => {
  await opened.close();
  await yard.pool.query(`TRUNCATE ${queue.table}`);
});

const start = (options = {}) => startJob(yard, queue, {}, options);
const set = (id: string, fields: string) =>
  yard.pool.query(`UPDATE ${queue.table} SET ${fields} WHERE id = $1`, [id]);
const stateOf = async ({ handle }: Pick<RunningJob, 'handle'>) => {
  const { status, raw } = await handle.describe();
  return status.name === 'RUNNING' && raw.workflowExtendedInfo?.cancelRequested
    ? 'CANCEL REQUESTED'
    : status.name;
};
const walk = async () => {
  while (await opened.watch.orphansOnce());
};
/** Waits until Temporal's search knows the workflow. */
const listed = ({ workflowId }: RunningJob) =>
  until(async () => {
    const { count } = await yard.client.workflow.count(
      `WorkflowId = '${workflowId}' AND ExecutionStatus = 'Running'`,
    );
    return count > 0;
  });

/** A claim that was rolled back: the workflow runs, and the row waits. */
async function rolledBack(): Promise<RunningJob> {
  const id = await yard.insertJob(queue, {});
  const workflowId = `gates:${id}`;
  const handle = await yard.client.workflow.start('waitAtGate', {
    workflowId,
    taskQueue: queue.taskQueue,
    memo: memoOf(queue, id),
  });
  return { id, workflowId, runId: handle.firstExecutionRunId, handle };
}

describe('an open workflow is asked to cancel, and terminated at the next walk,', () => {
  const cases: [string, () => Promise<RunningJob>][] = [
    [
      'when its row was deleted',
      async () => {
        const job = await start();
        await yard.pool.query(`DELETE FROM ${queue.table} WHERE id = $1`, [job.id]);
        return job;
      },
    ],
    [
      'when its row was ended by hand',
      async () => {
        const job = await start();
        await set(job.id, "status = 'failed', error_code = 'X'");
        return job;
      },
    ],
    [
      'when its row waits for the next attempt',
      async () => {
        const job = await start();
        await set(job.id, "status = 'queued'");
        return job;
      },
    ],
    [
      'when its row is in flight under another run',
      async () => {
        const job = await start();
        await set(job.id, "run_id = 'another'");
        return job;
      },
    ],
    [
      'when its row was canceled between a claim that was rolled back and the next one',
      async () => {
        const job = await rolledBack();
        await set(job.id, "status = 'canceled'");
        return job;
      },
    ],
    [
      'when its row was deleted between a claim that was rolled back and the next one',
      async () => {
        const job = await rolledBack();
        await yard.pool.query(`DELETE FROM ${queue.table} WHERE id = $1`, [job.id]);
        return job;
      },
    ],
  ];
  test.each(cases)('%s', async (_, make) => {
    const job = await make();
    await listed(job);
    await walk();
    expect(await stateOf(job)).toBe('CANCEL REQUESTED');
    await walk();
    expect(await stateOf(job)).toBe('TERMINATED');
    const { rows } = await yard.pool.query(
      "SELECT detail FROM switchyard.job_events WHERE job_id = $1 AND code = 'RECONCILED' ORDER BY id",
      [job.id],
    );
    expect(rows).toEqual([
      { detail: expect.stringMatching(/asked to cancel$/) },
      { detail: expect.stringMatching(/terminated$/) },
    ]);
  });
});

describe('an open workflow is left alone', () => {
  const cases: [string, () => Promise<RunningJob>][] = [
    ['whose row is in flight under it', start],
    ['whose claim was rolled back: the next claim meets it', rolledBack],
    [
      'of another database',
      async () => {
        const id = randomUUID();
        const memo = { ...memoOf(queue, id), switchyardDatabase: 'another' };
        const job = await start({ id, workflow: { memo } });
        await yard.pool.query(`DELETE FROM ${queue.table}`);
        return job;
      },
    ],
    [
      'that somebody else has started',
      async () => {
        const job = await start({ workflow: { memo: { switchyardJob: 'nonsense' } } });
        await yard.pool.query(`DELETE FROM ${queue.table}`);
        return job;
      },
    ],
  ];
  test.each(cases)('%s', async (_, make) => {
    const job = await make();
    await listed(job);
    await walk();
    expect(await stateOf(job)).toBe('RUNNING');
    await job.handle.terminate();
  });

  test('while somebody holds its row', async () => {
    const job = await rolledBack();
    await set(job.id, "status = 'canceled'");
    await listed(job);
    await inTransaction(yard.pool, async (tx) => {
      await tx.query(`SELECT FROM ${queue.table} WHERE id = $1 FOR UPDATE`, [job.id]);
      await walk();
    });
    expect(await stateOf(job)).toBe('RUNNING');
    await job.handle.terminate();
  });
});
