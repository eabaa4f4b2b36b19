import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { JobActivities } from '../../src/activities/rows/transitions.ts';
import { rowTaskQueue } from '../../src/queues/standard.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { namespace } from './temporal.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Starts workers of Temporal's with these workflows and activities, and with what writes rows, and nothing else. Answers what
 * stops them. Workflows are bundled once for all tests.
 */
export async function startPlainWorker({
  rowWrites,
  workflowsPath,
  ...options
}: WorkerOptions & { rowWrites?: Partial<JobActivities> }): Promise<() => Promise<void>> {
  const { connection, taskQueue } = options;
  const workflows = workflowsPath !== undefined && {
    workflowBundle: { codePath: await bundleOf(workflowsPath) },
  };
  const workers = [await Worker.create({ namespace, ...options, ...workflows })];
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

const bundleOf = (entry: string): Promise<string> =>
  workflowBundle(undefined, {
    entry,
    sources: [dirname(entry), path('.'), path('../../package-lock.json')],
    cache: path('../../node_modules/.cache/switchyard'),
  });
