import type { WorkflowHandle } from '@temporalio/client';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { Budget } from '../../../src/starter/watch/budget.ts';
import { Follower } from '../../../src/starter/watch/follower.ts';
import { Runs } from '../../../src/starter/watch/runs.ts';
import { Watch, type WatchOptions } from '../../../src/starter/watch/watch.ts';
import { silentLogger } from '../logger.ts';
import type { WatchedYard } from './yard.ts';

/** A job in flight, and its workflow. */
export interface RunningJob {
  id: string;
  workflowId: string;
  runId: string;
  handle: WorkflowHandle;
}

interface StartedAs {
  id?: string;
  workflowId?: string;
  attempt?: number;
  startedBy?: string;
  workflow?: Record<string, unknown>;
}

/** The memo with which a starter starts the workflow of a job. */
export const memoOf = (queue: QueueDefinition, id: string, attempt = 1): Record<string, unknown> => ({
  switchyardJob: `${queue.name}/${id}/${attempt}`,
  ...(queue.database !== undefined && { switchyardDatabase: queue.database }),
});

/** Inserts a job and starts it, as a starter does. */
export async function startJob(
  yard: Pick<WatchedYard, 'pool' | 'client' | 'insertJob'>,
  queue: QueueDefinition,
  input: unknown,
  options: StartedAs = {},
): Promise<RunningJob> {
  const id = await yard.insertJob(queue, {
    input,
    ...(options.id !== undefined && { id: options.id }),
    ...(options.workflowId !== undefined && { workflowId: options.workflowId }),
  });
  return restartJob(yard, queue, id, input, options);
}

/** Starts a job that waits. */
export async function restartJob(
  yard: Pick<WatchedYard, 'pool' | 'client'>,
  queue: QueueDefinition,
  id: string,
  input: unknown,
  { attempt = 1, startedBy = 'test', workflowId = `${queue.name}:${id}`, workflow = {} }: StartedAs = {},
): Promise<RunningJob> {
  const handle = await yard.client.workflow.start(queue.workflowType, {
    workflowId,
    taskQueue: queue.taskQueue,
    args: [input],
    memo: memoOf(queue, id, attempt),
    ...workflow,
  });
  const runId = handle.firstExecutionRunId;
  await yard.pool.query(
    `UPDATE ${queue.table} SET status = 'processing', run_id = $2, attempt = $3, started_by = $4, started_at = clock_timestamp()
      WHERE id = $1`,
    [id, runId, attempt, startedBy],
  );
  return { id, workflowId, runId, handle };
}

/** A watch whose steps the test takes, and what stops its long polls. */
export function openWatch(
  yard: Pick<WatchedYard, 'pool' | 'client'>,
  queue: QueueDefinition,
  options: Partial<WatchOptions> & { rpcsPerSecond?: number; mostFollowed?: number } = {},
) {
  const stop = new AbortController();
  const follower = new Follower({
    runs: new Runs(yard.client),
    log: silentLogger,
    ...(options.mostFollowed !== undefined && { most: options.mostFollowed }),
  });
  const budget = new Budget({ perSecond: options.rpcsPerSecond ?? 1_000, signal: stop.signal });
  const watch = new Watch({
    pool: yard.pool,
    client: yard.client,
    queue,
    workerId: 'test',
    follower,
    budget,
    log: silentLogger,
    goneMs: 0,
    settledMs: 0,
    ...options,
  });
  const close = async () => {
    stop.abort();
    await follower.close();
  };
  return { watch, follower, close };
}
