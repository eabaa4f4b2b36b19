import { readFile } from 'node:fs/promises';
import type { BundlerPlugin, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { SetupError } from '../platform/errors.ts';
import { modulePath } from '../platform/module-path.ts';

const interceptorModule = modulePath('../workflows/plain-workflow', import.meta.url);
/** Stands in every bundle that has the interceptors. */
const bundleMark = 'pg-switchyard-job';

/**
 * Makes jobs of workflows that know nothing of Switchyard: a plugin of Temporal's for a worker of one's own. Before such a workflow the row
 * is begun, which waits for the COMMIT of its claim; after it the row is completed or failed. All writes are fenced.
 *
 * This worker needs no database: the rows are written by `switchyard start worker`, on the `rowTaskQueue` of the queue. For a bundle that is
 * built beforehand, `bundleWorkflowCode` must be given the plugin too.
 * @throws {SetupError} at `Worker.create`, for a prebuilt bundle without the plugin
 */
export function switchyardPlugin(): WorkerPlugin & BundlerPlugin {
  return {
    name: 'pg-switchyard',
    configureBundler: (bundler) => ({
      ...bundler,
      workflowInterceptorModules: [...(bundler.workflowInterceptorModules ?? []), interceptorModule],
    }),
    async configureWorker(worker) {
      await requireInterceptors(worker);
      return worker;
    },
  };
}

/** @throws {SetupError} for a prebuilt bundle, in which workflows would be given the job instead of their input */
async function requireInterceptors({ workflowBundle }: WorkerOptions): Promise<void> {
  if (workflowBundle == null) return;
  const code =
    'code' in workflowBundle ? workflowBundle.code : await readFile(workflowBundle.codePath, 'utf8');
  if (code.includes(bundleMark)) return;
  throw new SetupError(
    'the workflow bundle was built without the plugin of Switchyard; give the plugin to bundleWorkflowCode({ …, plugins })',
  );
}
