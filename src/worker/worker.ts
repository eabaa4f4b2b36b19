import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createGateway } from '../activities/gateway.ts';
import { verdictOf } from '../activities/gateway-failures.ts';
import { createInvoiceActivities } from '../activities/invoices.ts';
import { createJobActivities } from '../activities/jobs.ts';
import { heartbeatEveryMs } from '../activities/lifecycle.ts';
import { createRedriveActivities } from '../activities/redrives.ts';
import { createResults } from '../activities/results.ts';
import { createSystem } from '../activities/systems.ts';
import { createWebhookActivities } from '../activities/webhooks.ts';
import type { Settings } from '../platform/config.ts';
import type { Pool } from '../platform/database.ts';
import { ErrorCode } from '../platform/errors.ts';
import type { Logger } from '../platform/logging.ts';
import { defineQueues } from '../queues/index.ts';
import { createReconciler } from './reconciler.ts';

/** A worker with its activities, over the connections it was given. */
export interface BuiltWorker {
  /** Works until the promise settles, then finishes or hands back what is at hand. */
  runUntil(stop: Promise<unknown>): Promise<void>;
}

export async function createWorker(deps: {
  settings: Settings;
  connection: NativeConnection;
  dataConverter: DataConverter;
  client: Client;
  pool: Pool;
  bundlePath: string;
  log: Logger;
}): Promise<BuiltWorker> {
  const { settings, connection, client, pool, log } = deps;
  const queues = defineQueues(settings);
  const jobs = createJobActivities({
    pool,
    queues,
    workerId: settings.workerId,
    log,
  });
  const gateway = createGateway({
    url: settings.gatewayUrl,
    timeoutMs: settings.gatewayTimeoutMs,
    maxBytes: settings.maxUploadBytes,
  });
  const results = await createResults(settings);
  const system = createSystem({
    name: 'gateway',
    pool,
    limits: {
      jobs: settings.gatewayBreakerJobs,
      windowMs: settings.gatewayBreakerWindowMs,
      probeIntervalMs: settings.gatewayProbeIntervalMs,
    },
    maxWaitMs: settings.gatewayMaxWaitMs,
    errorCode: ErrorCode.GW_5XX,
    verdictOf,
    isAlive: gateway.isAlive,
    log,
  });
  const invoices = createInvoiceActivities({
    jobs,
    gateway,
    system,
    results,
    uploadRoot: settings.uploadRoot,
    maxUploadBytes: settings.maxUploadBytes,
    retry: {
      maxAttempts: settings.gatewayMaxAttempts,
      initialIntervalMs: settings.gatewayRetryInitialMs,
      maxIntervalMs: settings.gatewayRetryMaxMs,
    },
    log,
  });
  const webhooks = createWebhookActivities({ jobs, pool, secrets: settings.webhookSecrets, log });
  const redrives = createRedriveActivities({ jobs, pool, queues, log });
  const worker = await Worker.create({
    connection,
    dataConverter: deps.dataConverter,
    namespace: client.options.namespace,
    identity: settings.workerId,
    taskQueue: settings.taskQueue,
    ...deploymentOf(settings),
    workflowBundle: { codePath: deps.bundlePath },
    activities: { ...invoices, ...webhooks, ...redrives, endJob: jobs.endJob },
    maxCachedWorkflows: settings.workerMaxCachedWorkflows,
    workflowThreadPoolSize: 1,
    maxConcurrentActivityTaskExecutions: settings.workerMaxActivities,
    // The SDK would hold heartbeats back until 8 of the 10 seconds of the timeout are over.
    maxHeartbeatThrottleInterval: heartbeatEveryMs,
    shutdownGraceTime: settings.shutdownGraceMs,
    // Past the grace time activities are told to stop, and are handed back when they have; this is for one that does not.
    shutdownForceTime: settings.shutdownGraceMs + 5_000,
  });
  const reconciler = await createReconciler({ ...deps, queues, results });
  return {
    runUntil: (stop) => runTogether([worker, reconciler], stop),
  };
}

/** Runs the workers until the promise settles; when one of them fails, the others are stopped too, and it is told. */
async function runTogether(workers: readonly Worker[], stop: Promise<unknown>): Promise<void> {
  const failed = Promise.withResolvers<void>();
  const stopped = Promise.race([stop, failed.promise]);
  const running = workers.map((worker) =>
    worker.runUntil(stopped).catch((error: unknown) => {
      failed.resolve();
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(running);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/**
 * With a build id, Temporal keeps each job on the version it began on, which must then go on running until its jobs have
 * ended. https://docs.temporal.io/production-deployment/worker-deployments/worker-versioning
 */
function deploymentOf({
  workerDeployment: deploymentName,
  workerBuildId: buildId,
}: Settings): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (buildId === undefined) return {};
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
