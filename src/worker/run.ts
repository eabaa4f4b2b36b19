import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { identify, whileOwned } from '../identity/watch.ts';
import type { HealthCheck } from '../platform/health.ts';
import { postgresCheck, temporalCheck } from '../platform/health-checks.ts';
import { serveHealth } from '../platform/health-server.ts';
import { keepHistory } from '../platform/history.ts';
import type { ProcessContext } from '../platform/process.ts';
import { processName } from '../platform/process-name.ts';
import { untilReached } from '../platform/reach.ts';
import { openRolePool } from '../platform/role-pool.ts';
import { aborted } from '../platform/shutdown.ts';
import { createTemporalClient, loadTemporalConfig, type TemporalConfig } from '../platform/temporal.ts';
import { startTracing } from '../platform/tracing.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { requireRegistry } from '../registry/watched-queues.ts';
import { createExternalStorage } from '../storage/payloads.ts';
import { requireSchema, schemaFits } from '../verify/schema.ts';
import { verifyWorker } from '../verify/start.ts';
import { type WorkflowSources, workflowBundle } from './bundle.ts';
import type { Pipeline } from './pipeline.ts';
import { keepReconciler } from './reconciler-schedule.ts';
import { installRuntime } from './runtime.ts';
import { type BuiltWorker, createWorker } from './worker.ts';

export interface WorkerApplication {
  /** All queues there are. */
  queues: readonly QueueDefinition[];
  /** Those that this worker works for. */
  served: readonly QueueDefinition[];
  pipelines: readonly Pick<Pipeline, 'work'>[];
  workflows: WorkflowSources;
}

/** The worker role: from settings to a clean end at the signal. Waits for Postgres and Temporal, as long as it takes. */
export async function runWorker(context: ProcessContext, application: WorkerApplication): Promise<void> {
  const { log, signal } = context;
  const settings = { ...context.settings, workerId: processName('worker', context.settings) };
  installRuntime(log, settings.logLevel, settings.temporalMetricsPort);
  const config = loadTemporalConfig(settings, createExternalStorage(settings));
  const tracing = await startTracing('worker');
  const client = createTemporalClient(config, settings.workerId, tracing?.clientInterceptors);
  const pool = openRolePool('worker', context);
  let worker: BuiltWorker | undefined;
  let health: Awaited<ReturnType<typeof serveHealth>> | undefined;
  let connection: NativeConnection | undefined;
  try {
    // First, so that a worker which waits for Temporal says that it lives, and a port which is taken leaves none that never ran.
    if (settings.healthPort !== undefined) {
      const workerCheck = runningCheck(() => worker?.isRunning() === true);
      const checks = [postgresCheck(pool), temporalCheck(client), workerCheck];
      health = await serveHealth(settings.healthPort, checks, settings.healthHost);
    }
    const place = { client, pool, taskQueue: settings.taskQueue, log };
    const { served, queues: all } = application;
    const identity = await untilReached('Postgres or Temporal', { log, signal }, async () => {
      await requireRegistry(pool);
      await requireSchema(pool, log);
      await verifyWorker(pool, { served, all });
      const found = await client.withAbortSignal(signal, () => identify(place));
      connection = await NativeConnection.connect(nativeOptions(config));
      return found;
    });
    if (connection === undefined || identity === undefined) return;
    const database = identity.id;
    const { dataConverter } = config;
    const bundlePath = await workflowBundle(settings.workflowBundle, application.workflows, dataConverter);
    const deps = { settings, connection, dataConverter, client, pool, database, bundlePath, log, tracing };
    const built = await createWorker(served, { ...deps, ...application });
    worker = built;
    log.info({ queues: served.map(({ name }) => name), health: health?.url }, 'worker runs');
    const queues = all.map(({ name }) => name);
    const reconciled = { client, settings: { ...settings, database }, queues, log };
    await whileOwned({ ...place, identity, log, signal, schemaFits }, (until) => {
      const over = new AbortController();
      return Promise.all([
        built.runUntil(aborted(until)).finally(() => over.abort()),
        keepReconciler({ ...reconciled, signal: over.signal }),
        keepHistory({ pool, log, signal: over.signal }),
      ]);
    });
  } finally {
    await health?.close();
    await connection?.close().catch((error: unknown) => {
      // Refused while a worker is there that did not let go; it ends with the process.
      log.warn({ err: error }, 'the connection to Temporal could not be closed');
    });
    await client.connection.close();
    await pool.end();
    await tracing
      ?.stop()
      .catch((error: unknown) => log.warn({ err: error }, 'the last traces could not be sent'));
  }
}

const runningCheck = (isRunning: () => boolean): HealthCheck => ({
  name: 'worker',
  check: async () => {
    if (!isRunning()) throw new Error('the worker does not run, or not any more');
  },
});

/** The options that both kinds of connection know. */
export function nativeOptions({ connection }: TemporalConfig): NativeConnectionOptions {
  const { address, tls, apiKey, metadata } = connection;
  return {
    ...(address !== undefined && { address }),
    ...(tls != null && { tls }),
    ...(typeof apiKey === 'string' && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  };
}
