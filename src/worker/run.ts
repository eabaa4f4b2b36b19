import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { createPool } from '../platform/database.ts';
import { postgresCheck, temporalCheck } from '../platform/health-checks.ts';
import { serveHealth } from '../platform/health-server.ts';
import type { ProcessContext } from '../platform/process.ts';
import { untilReached } from '../platform/reach.ts';
import { aborted } from '../platform/shutdown.ts';
import {
  createTemporalClient,
  ensureSearchAttributes,
  loadTemporalConfig,
  type TemporalConfig,
} from '../platform/temporal.ts';
import { defineQueues, servedQueues } from '../queues/index.ts';
import { searchAttributeNames } from '../queues/search-attributes.ts';
import { workflowBundle } from './bundle.ts';
import { keepReconciler } from './reconciler-schedule.ts';
import { installRuntime } from './runtime.ts';
import { createWorker } from './worker.ts';

/** The worker role: from settings to a clean end at the signal. Waits for Temporal, as long as it takes. */
export async function runWorker({ settings, log, signal }: ProcessContext): Promise<void> {
  installRuntime(log, settings.logLevel);
  const bundlePath = await workflowBundle(settings.workflowBundle);
  const config = loadTemporalConfig(settings);
  const client = createTemporalClient(config, settings.workerId);
  const pool = createPool({
    connectionString: settings.databaseUrl,
    applicationName: `switchyard worker ${settings.workerId}`,
    max: settings.databasePoolSize,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  const connection = await untilReached('Temporal', { log, signal }, async () => {
    await ensureSearchAttributes(client, searchAttributeNames);
    return NativeConnection.connect(nativeOptions(config));
  });
  try {
    if (connection === undefined) return;
    // First, so that a port which is taken leaves no worker that never ran.
    const health =
      settings.healthPort === undefined
        ? undefined
        : await serveHealth(settings.healthPort, [postgresCheck(pool), temporalCheck(client)]);
    try {
      const built = await createWorker({
        settings,
        connection,
        dataConverter: config.dataConverter,
        client,
        pool,
        bundlePath,
        log,
      });
      const served = servedQueues(settings).map(({ name }) => name);
      log.info({ queues: served, health: health?.url }, 'worker runs');
      const queues = defineQueues(settings).map(({ name }) => name);
      const over = new AbortController();
      await Promise.all([
        built.runUntil(aborted(signal)).finally(() => over.abort()),
        keepReconciler({ client, settings, queues, log, signal: over.signal }),
      ]);
    } finally {
      await health?.close();
    }
  } finally {
    await connection?.close();
    await client.connection.close();
    await pool.end();
  }
}

/** The options that both kinds of connection know. */
function nativeOptions({ connection }: TemporalConfig): NativeConnectionOptions {
  const { address, tls, apiKey, metadata } = connection;
  return {
    ...(address !== undefined && { address }),
    ...(tls != null && { tls }),
    ...(typeof apiKey === 'string' && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  };
}
