import { randomUUID } from 'node:crypto';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { definePipelines, defineQueues, servedQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import { workflowSources } from '../../server/workflow-sources.ts';
import type { JobActivities } from '../../src/activities/rows/transitions.ts';
import { readIdentity } from '../../src/identity/database.ts';
import { createPool } from '../../src/platform/database.ts';
import type { Logger } from '../../src/platform/logging.ts';
import { dataConverterOf } from '../../src/platform/payload-encryption.ts';
import { rowTaskQueue } from '../../src/queues/standard.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { silentLogger } from './logger.ts';
import { connectTemporal, namespace } from './temporal.ts';

/** A running worker of the product, with connections of its own. */
export interface RunningWorker {
  /** Ends as SIGTERM does: running work gets the grace time, then is handed back. Once stopped, does nothing. */
  stop(): Promise<void>;
}

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

/** Starts the real worker with settings as environment variables give them. */
export async function startTestWorker(options: {
  env: Record<string, string>;
  temporalAddress?: string;
  log?: Logger;
}): Promise<RunningWorker> {
  const settings = loadSettings(options.env);
  const dataConverter = dataConverterOf(settings.temporalPayloadKeys);
  const temporal = await connectTemporal(options.temporalAddress, dataConverter);
  const pool = createPool({
    connectionString: settings.databaseUrl,
    applicationName: `test worker ${settings.workerId}`,
    max: settings.databasePoolSize,
    onError: () => undefined,
  });
  const built = await createWorker(servedQueues(settings), {
    settings,
    queues: defineQueues(settings),
    pipelines: definePipelines(settings),
    connection: temporal.connection,
    dataConverter,
    client: temporal.client,
    pool,
    database: await readIdentity(pool).then(
      ({ id }) => id,
      () => randomUUID(), // some tests have no Postgres
    ),
    bundlePath: await workflowBundle(undefined, workflowSources),
    log: options.log ?? silentLogger,
  });
  const stopping = Promise.withResolvers<void>();
  const running = built.runUntil(stopping.promise);
  running.catch(() => undefined); // told by stop()
  const end = async () => {
    stopping.resolve();
    try {
      await running;
    } finally {
      await temporal.close();
      await pool.end();
    }
  };
  let ended: Promise<void> | undefined;
  return {
    stop: () => {
      ended ??= end();
      return ended;
    },
  };
}
