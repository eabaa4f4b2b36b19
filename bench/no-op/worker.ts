import { NativeConnection, Worker } from '@temporalio/worker';
import { runProcess, type ServerContext } from '../../server/process.ts';
import { workflowSources } from '../../server/workflow-sources.ts';
import { createJobActivities } from '../../src/activities/rows/transitions.ts';
import { heartbeatEveryMs } from '../../src/activities/work/try.ts';
import { createPool } from '../../src/platform/database.ts';
import { postgresCheck } from '../../src/platform/health-checks.ts';
import { serveHealth } from '../../src/platform/health-server.ts';
import { aborted } from '../../src/platform/shutdown.ts';
import { loadTemporalConfig } from '../../src/platform/temporal.ts';
import { rowTaskQueue } from '../../src/queues/standard.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { installRuntime } from '../../src/worker/runtime.ts';
import { createNoOpActivities } from './activities.ts';
import { noOpQueue, threeActivitiesQueue } from './queue.ts';

/** A worker of no-op workflows, with the options of `src/worker/worker.ts`. WORKFLOW_BUNDLE names the bundle. */
async function runNoOpWorker({ settings, log, signal }: ServerContext): Promise<void> {
  installRuntime(log, settings.logLevel);
  const { connection: at, namespace, dataConverter } = loadTemporalConfig(settings);
  const pool = createPool({
    connectionString: settings.databaseUrl,
    applicationName: `switchyard worker ${settings.workerId}`,
    max: settings.databasePoolSize,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  const jobs = createJobActivities({
    pool,
    queues: [noOpQueue(settings), threeActivitiesQueue(settings)],
    workerId: settings.workerId,
    log,
  });
  const retry = {
    maxAttempts: settings.gatewayMaxAttempts,
    initialIntervalMs: settings.gatewayRetryInitialMs,
    maxIntervalMs: settings.gatewayRetryMaxMs,
  };
  const connection = await NativeConnection.connect(at.address === undefined ? {} : { address: at.address });
  const common = { connection, namespace, dataConverter, identity: settings.workerId };
  const rowWriter = await Worker.create({
    ...common,
    taskQueue: rowTaskQueue(settings),
    activities: { endJob: jobs.endJob },
  });
  const worker = await Worker.create({
    ...common,
    taskQueue: settings.taskQueue,
    workflowBundle: { codePath: await workflowBundle(settings.workflowBundle, workflowSources) },
    activities: createNoOpActivities({ jobs, retry, log }),
    maxCachedWorkflows: settings.workerMaxCachedWorkflows,
    workflowThreadPoolSize: 1,
    maxConcurrentActivityTaskExecutions: settings.workerMaxActivities,
    maxHeartbeatThrottleInterval: heartbeatEveryMs,
    shutdownGraceTime: settings.shutdownGraceMs,
    shutdownForceTime: settings.shutdownGraceMs + 5_000,
  });
  const health = await serveHealth(settings.healthPort ?? 0, [postgresCheck(pool)]);
  try {
    const stop = aborted(signal);
    await Promise.all([worker.runUntil(stop), rowWriter.runUntil(stop)]);
  } finally {
    await health.close();
    await connection.close();
    await pool.end();
  }
}

await runProcess('worker', runNoOpWorker);
