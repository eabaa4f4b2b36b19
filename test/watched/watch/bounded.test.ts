import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { Starter } from '../../../src/starter/starter.ts';
import { createWatchShare, runWatch } from '../../../src/starter/watch/run-watch.ts';
import { silentLogger } from '../../support/logger.ts';
import { until } from '../../support/until.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

const openJobs = 100_000;
let yard: WatchedYard;
let queue: QueueDefinition;
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('many', 'anything');
  await yard.pool.query(
    `INSERT INTO ${queue.table} (id, workflow_id, status, run_id, attempt, started_by, started_at)
     SELECT gen_random_uuid(), 'w' || n, 'processing', 'r' || n, 1, 'gone', clock_timestamp() - n * interval '1 ms'
       FROM generate_series(1, $1) AS n`,
    [openJobs],
  );
}, 60_000);
afterAll(() => yard.close());

/** Temporal with so many open workflows, which counts what it is asked. */
function countingTemporal() {
  const asked = { describe: 0, list: 0, longPolls: 0, mostLongPolls: 0 };
  const waiting = new Set<() => void>();
  const service = {
    describeWorkflowExecution: async ({ execution }: { execution: { workflowId: string } }) => {
      asked.describe += 1;
      const runId = `r${execution.workflowId.slice(1)}`;
      return { workflowExecutionInfo: { execution: { runId }, firstRunId: runId, status: 1 } };
    },
    listWorkflowExecutions: async () => {
      asked.list += 1;
      return { executions: [], nextPageToken: new Uint8Array() };
    },
    getWorkflowExecutionHistory: async () => {
      asked.longPolls += 1;
      asked.mostLongPolls = Math.max(asked.mostLongPolls, asked.longPolls);
      await new Promise<void>((end) => waiting.add(end));
      asked.longPolls -= 1;
      return {};
    },
  };
  const client = {
    workflowService: service,
    options: yard.client.options,
    withDeadline: (_: unknown, ask: () => unknown) => ask(),
    withAbortSignal: (signal: AbortSignal, ask: () => unknown) => {
      signal.addEventListener('abort', () => {
        for (const end of waiting) end();
      });
      return ask();
    },
  };
  return { asked, client: client as unknown as Client };
}

test('with 100 000 open jobs, claims and what Temporal is asked stay bounded', async () => {
  const { asked, client } = countingTemporal();
  const stop = new AbortController();
  const began = performance.now();
  const shared = { client, log: silentLogger, signal: stop.signal };
  const watch = runWatch({
    ...shared,
    pool: yard.pool,
    queue,
    workerId: 'test',
    ...createWatchShare({ ...shared, rpcsPerSecond: 50 }),
  });
  await until(async () => asked.describe >= 100 && asked.list > 0);
  const seconds = (performance.now() - began) / 1000;
  expect(asked.describe + asked.list).toBeLessThanOrEqual(50 * seconds + 20);
  expect(asked.mostLongPolls).toBe(500);

  const starter = new Starter({
    pool: yard.pool,
    client: yard.client,
    queue,
    workerId: 'test',
    log: silentLogger,
  });
  const id = await yard.insertJob(queue, {});
  expect(await starter.runOnce()).toMatchObject({ started: 1 });
  stop.abort();
  await watch.ended;
  watch.started([{ id }]); // by a claim that was under way
  await yard.workflow(queue, id).terminate();
  const { rows } = await yard.pool.query('SELECT swept_id FROM switchyard.watches');
  expect(rows).toEqual([{ swept_id: expect.any(String) }]);
  expect(asked.longPolls).toBe(0);
}, 60_000);
