import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { requireIdentity } from '../identity/database.ts';
import type { Pool } from '../platform/database.ts';
import { createLogger } from '../platform/logging.ts';
import type { ApplicationParts } from '../worker/application.ts';
import { workflowBundle } from '../worker/bundle.ts';
import { createWorker } from '../worker/worker.ts';

/** What a worker needs of an application; the default export that `switchyard --app` takes will do. */
export type TestedApplication = ApplicationParts;

/**
 * Runs a worker of the application while `work` runs: for all of its queues, with their real workflows and activities. It logs as
 * the settings say (`logLevel`). When `work` has ended, activities under way are told to stop at once, and the worker is gone when
 * the promise settles. The first call of a process bundles the workflows, which takes some seconds unless the bundle is in its cache.
 *
 * It polls the task queues that the settings and the queues name, so give each test run names of its own: a worker of somebody
 * else on the same names would take its tasks. The reconciler's schedule is not made.
 * @param options.pool for the rows; the `databaseUrl` of the settings is not used
 * @param options.client the same namespace and data converter as the worker gets
 * @param options.connection of the worker, which does not close it
 * @returns what `work` answers
 * @throws what `work` throws, or what ended the worker before it
 */
export async function withWorker<T>(
  options: { application: TestedApplication; pool: Pool; client: Client; connection: NativeConnection },
  work: () => Promise<T>,
): Promise<T> {
  const { application, pool, client, connection } = options;
  const { pipelines, workflows } = application;
  const settings = { ...application.settings, shutdownGraceMs: 0 };
  const log = createLogger(settings, 'worker', { secrets: application.secrets ?? [] });
  const { id: database } = await requireIdentity(pool);
  const bundlePath = await workflowBundle(settings.workflowBundle, workflows);
  const queues = pipelines.flatMap((pipeline) => pipeline.queues);
  const { dataConverter } = client.options;
  const shared = { connection, dataConverter, client, pool, database };
  const worker = await createWorker(queues, { ...shared, settings, queues, pipelines, bundlePath, log });

  const stopping = Promise.withResolvers<void>();
  const running = worker.runUntil(stopping.promise);
  const endedFirst = running.then(() => {
    throw new Error('the worker ended before the work of the test');
  });
  try {
    return await Promise.race([work(), endedFirst]);
  } finally {
    endedFirst.catch(() => undefined); // after the work it may end
    stopping.resolve();
    await running;
  }
}
