import { readFile } from 'node:fs/promises';
import type { BundlerPlugin, Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { readIdentity } from '../identity/database.ts';
import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { Logger } from '../platform/logging.ts';
import { modulePath } from '../platform/module-path.ts';
import { ofDatabase, type QueueDefinition } from '../queues/definition.ts';
import { verifyWorker } from '../verify/start.ts';
import { createRowWriter } from './row-writer.ts';

export interface SwitchyardPluginOptions {
  /** The database of the job tables. Each write of a row takes a connection of it for a moment, five at once. */
  pool: Pool;
  /** The queues whose workflows this worker runs: those whose `taskQueue` is the worker's, with `plainWorkflow`. */
  queues: readonly QueueDefinition[];
  log: Logger;
}

const interceptorModule = modulePath('../workflows/plain-workflow', import.meta.url);
/** Stands in every bundle that has the interceptors. */
const bundleMark = 'pg-switchyard-job';

/**
 * Makes jobs of workflows that know nothing of Switchyard: a plugin of Temporal's for a worker of one's own. Before such a workflow the row
 * is begun, which waits for the COMMIT of its claim; after it the row is completed or failed. All writes are fenced.
 *
 * The plugin writes rows; it does not start workflows, nor does it reconcile. That is done by the processes `switchyard start starter` and
 * `switchyard start worker`, beside this worker. For a bundle that is built beforehand, `bundleWorkflowCode` must be given the plugin too.
 * @throws {SetupError} at `Worker.create`, when a queue lacks a table or a right, and for a prebuilt bundle without the plugin
 */
export function switchyardPlugin(options: SwitchyardPluginOptions): WorkerPlugin & BundlerPlugin {
  const { pool, queues } = options;
  const name = 'pg-switchyard';
  const rowWriters = new Map<string, Promise<Worker>>();
  const isOurs = (taskQueue: string) => queues.some((queue) => queue.taskQueue === taskQueue);
  return {
    name,
    configureBundler: (bundler) => ({
      ...bundler,
      workflowInterceptorModules: [...(bundler.workflowInterceptorModules ?? []), interceptorModule],
    }),
    async configureWorker(worker) {
      if (!isOurs(worker.taskQueue)) return worker;
      await requireInterceptors(worker);
      const served = queues.filter(({ taskQueue }) => taskQueue === worker.taskQueue);
      await verifyWorker(pool, { served, all: queues });
      rowWriters.set(worker.taskQueue, rowWriterOf(worker, options));
      return worker;
    },
    async runWorker(worker, next) {
      const rowWriter = await rowWriters.get(worker.options.taskQueue);
      if (rowWriter === undefined) return next(worker);
      // The rows are written until the last workflow task is done.
      await rowWriter.runUntil(next(worker));
    },
  };
}

async function rowWriterOf(worker: WorkerOptions, { pool, queues, log }: SwitchyardPluginOptions) {
  const { id } = await readIdentity(pool);
  const { taskQueue, connection, namespace, identity, dataConverter } = worker;
  return createRowWriter(
    {
      taskQueue,
      ...(connection && { connection }),
      ...(namespace && { namespace }),
      ...(identity && { identity }),
      ...(dataConverter && { dataConverter }),
    },
    { pool, queues: ofDatabase(queues, id), workerId: identity ?? `worker-${process.pid}`, log },
  );
}

/** @throws {SetupError} for a prebuilt bundle in which workflows would be given the job instead of their input */
async function requireInterceptors({ workflowBundle }: WorkerOptions): Promise<void> {
  if (workflowBundle == null) return;
  const code =
    'code' in workflowBundle ? workflowBundle.code : await readFile(workflowBundle.codePath, 'utf8');
  if (code.includes(bundleMark)) return;
  throw new SetupError(
    'the workflow bundle was built without the plugin of Switchyard; give the plugin to bundleWorkflowCode({ …, plugins })',
  );
}
