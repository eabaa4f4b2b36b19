import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { JobActivities } from '../../src/activities/rows/transitions.ts';
import { rowTaskQueue } from '../../src/queues/standard.ts';
import { namespace } from './temporal.ts';

/**
 * Starts workers of Temporal's with these workflows and activities, and with what writes rows, and nothing else. Answers what
 * stops them.
 */
export async function startPlainWorker({
  rowWrites,
  ...options
}: WorkerOptions & { rowWrites?: Partial<JobActivities> }): Promise<() => Promise<void>> {
  const { connection, taskQueue } = options;
  const workers = [await Worker.create({ namespace, ...options })];
  if (rowWrites !== undefined) {
    const rows = { taskQueue: rowTaskQueue({ taskQueue }), activities: rowWrites };
    workers.push(await Worker.create({ namespace, ...(connection && { connection }), ...rows }));
  }
  const stopping = Promise.withResolvers<void>();
  const running = Promise.all(workers.map((worker) => worker.runUntil(stopping.promise)));
  return async () => {
    stopping.resolve();
    await running;
  };
}
