import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { createReconcileActivities } from '../activities/reconciler/activities.ts';
import { filesOf } from '../activities/results/job-files.ts';
import { createResults } from '../activities/results/results.ts';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { reconcilerTaskQueue } from '../queues/reconciler.ts';
import { createStorage } from '../storage/storage.ts';

const dayMs = 24 * 60 * 60 * 1000;
const settledMs = 60_000;
/** A few of its own: all rules of a queue side by side would take as many connections of the pool. */
const activitiesAtOnce = 3;

/** The part of a worker that does the reconciler's activities, beside its jobs and never behind them. */
export async function createReconciler(deps: {
  settings: Settings;
  queues: readonly QueueDefinition[];
  connection: NativeConnection;
  client: Client;
  dataConverter: DataConverter;
  pool: Pool;
  log: Logger;
}): Promise<Worker> {
  const { settings, queues, client, pool, log } = deps;
  const storage = createStorage(settings);
  const results = await createResults(settings, storage.at({ folder: settings.resultRoot, prefix: '' }));
  return Worker.create({
    connection: deps.connection,
    namespace: client.options.namespace,
    dataConverter: deps.dataConverter,
    identity: settings.workerId,
    taskQueue: reconcilerTaskQueue(settings.taskQueue),
    activities: createReconcileActivities({
      pool,
      client,
      queues,
      files: filesOf(queues),
      storage,
      results,
      settledMs,
      lostTaskAfterMs: settings.lostTaskAfterMs,
      keepJobsMs: settings.retentionJobsDays * dayMs,
      keepEventsMs: settings.retentionEventsDays * dayMs,
      log,
    }),
    maxConcurrentActivityTaskExecutions: activitiesAtOnce,
    shutdownGraceTime: 0,
  });
}
