import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createJobActivities } from '../activities/rows/transitions.ts';
import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import { temporalCheck } from '../platform/health-checks.ts';
import type { Logger } from '../platform/logging.ts';
import { untilReached } from '../platform/reach.ts';
import type { Settings } from '../platform/settings.ts';
import type { Tracing } from '../platform/tracing.ts';
import { ofDatabase, type QueueDefinition } from '../queues/definition.ts';
import { rowTaskQueue } from '../queues/standard.ts';
import { loadWork, type Work } from './load-work.ts';
import type { Pipeline } from './pipeline.ts';
import { createReconciler } from './reconciler.ts';
import { createRowWriter } from './row-writer.ts';
import { runTogether } from './run-together.ts';

/** A worker with its activities, over the connections it was given. */
export interface BuiltWorker {
  /** Whether all its parts take work; no longer once it is told to stop. */
  isRunning(): boolean;
  /** Works until the promise settles, then finishes or hands back what is at hand. */
  runUntil(stop: Promise<unknown>): Promise<void>;
}

interface WorkerDeps {
  /** All queues there are. */
  queues: readonly QueueDefinition[];
  pipelines: readonly Pick<Pipeline, 'work'>[];
  settings: Settings;
  connection: NativeConnection;
  dataConverter: DataConverter;
  client: Client;
  pool: Pool;
  /** The identity of the database behind the pool. */
  database: string;
  bundlePath: string;
  log: Logger;
  /** The traces of this process; left out: it has none. */
  tracing?: Tracing | undefined;
}

interface JobWorkers {
  workers: Worker[];
  onStart: Work['onStart'];
}

/** A worker of a fleet: for the queues that it serves, and for the reconciler of all. */
export async function createWorker(
  served: readonly QueueDefinition[],
  deps: WorkerDeps,
): Promise<BuiltWorker> {
  const { workers, onStart } = await createJobWorkers(deps, served);
  const reconciler = await createReconciler({
    ...deps,
    queues: ofDatabase(deps.queues, deps.database),
  });
  return runningTogether({ workers: [...workers, reconciler], onStart }, deps);
}

/** A worker for the jobs of this queue and nothing else. */
export async function createWorkerOf(queue: QueueDefinition, deps: WorkerDeps): Promise<BuiltWorker> {
  return runningTogether(await createJobWorkers(deps, [queue]), deps);
}

async function createJobWorkers(deps: WorkerDeps, served: readonly QueueDefinition[]): Promise<JobWorkers> {
  const { settings, client } = deps;
  const queues = ofDatabase(deps.queues, deps.database);
  const jobs = createJobActivities({ ...deps, queues, workerId: settings.workerId });
  const works = await loadWork(ownWork(served, settings), deps.pipelines, { ...deps, queues, jobs });
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection: deps.connection,
    dataConverter: deps.dataConverter,
    namespace: client.options.namespace,
    identity: settings.workerId,
    ...deploymentOf(settings),
    ...deps.tracing?.workerOptions,
    // The SDK would hold heartbeats back until 8 of the 10 seconds of the timeout are over.
    maxHeartbeatThrottleInterval: settings.heartbeatIntervalMs,
    shutdownGraceTime: settings.shutdownGraceMs,
  };
  const workflows = {
    workflowBundle: { codePath: deps.bundlePath },
    maxCachedWorkflows: settings.workerMaxCachedWorkflows,
    workflowThreadPoolSize: 1,
  };
  // One takes workflow tasks, of all queues; each of the others the activities of the queues that this worker serves.
  const taskQueues = new Set([settings.taskQueue, ...works.keys()]);
  const workers = await Promise.all(
    Array.from(taskQueues, (taskQueue) => {
      const work = works.get(taskQueue);
      return Worker.create({
        ...common,
        taskQueue,
        ...(taskQueue === settings.taskQueue && workflows),
        ...(work && {
          activities: work.activities,
          maxConcurrentActivityTaskExecutions: work.slots ?? settings.workerMaxActivities,
        }),
      });
    }),
  );
  const rowWriter = await createRowWriter(
    { ...common, taskQueue: settings.taskQueue },
    { ...deps, queues, jobs },
  );
  return { workers: [...workers, rowWriter], onStart: [...works.values()].flatMap((work) => work.onStart) };
}

/**
 * The queues without those whose workflows are plain: their applications have workers of their own.
 * @throws {SetupError} for a plain workflow on the task queue of this worker, which does not have it, and for one whose rows nobody writes
 */
function ownWork(served: readonly QueueDefinition[], settings: Settings): QueueDefinition[] {
  const written = rowTaskQueue(settings);
  for (const queue of served) {
    if (queue.plainWorkflow === undefined) continue;
    const has = `the queue "${queue.name}" has a plainWorkflow`;
    if (queue.taskQueue === settings.taskQueue)
      throw new SetupError(
        `${has}, which a worker of its application runs, and "${queue.taskQueue}" is the task queue of this worker; give the queue another`,
      );
    if (queue.rowTaskQueue !== written)
      throw new SetupError(
        `${has} and the rowTaskQueue "${queue.rowTaskQueue ?? ''}"; this worker writes its rows on "${written}": rowTaskQueue(settings)`,
      );
  }
  return served.filter((queue) => queue.plainWorkflow === undefined);
}

/** Past the grace time activities are told to stop, and are handed back when they have. */
const handBackMs = 5_000;

function runningTogether(
  { workers: parts, onStart }: JobWorkers,
  { settings, client, log }: Pick<WorkerDeps, 'settings' | 'client' | 'log'>,
): BuiltWorker {
  const endWithinMs = settings.shutdownGraceMs + handBackMs;
  const { check: askTemporal } = temporalCheck(client);
  const run = (stop: Promise<unknown>) => runTogether(parts, stop, { endWithinMs, askTemporal, log });
  const cannotSay = (error: unknown) => log.warn({ err: error }, 'the worker could not say that it stops');
  return {
    isRunning: () => parts.every((part) => part.getState() === 'RUNNING'),
    async runUntil(stop) {
      const stopping = new AbortController();
      const stopped = stop.finally(() => stopping.abort());
      stopped.catch(() => undefined); // told by the run below
      const context = { log, signal: stopping.signal };
      const starting = onStart.map((start) => untilReached('Postgres', context, start));
      const onStop = await Promise.all(starting).catch(async (error: unknown) => {
        await run(Promise.resolve()); // a worker that never runs would hold its connection
        throw error;
      });
      await run(stopped).finally(() => Promise.all(onStop.map((end) => end?.().catch(cannotSay))));
    },
  };
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
