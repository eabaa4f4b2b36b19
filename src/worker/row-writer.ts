import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createRowWrites } from '../activities/rows/row-writes.ts';
import { createStepWrites } from '../activities/rows/step-writes.ts';
import { createJobActivities } from '../activities/rows/transitions.ts';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { rowTaskQueue } from '../queues/standard.ts';

/** Each takes a connection of the pool for a moment. */
const atOnce = 5;

interface RowWriterDeps {
  pool: Pool;
  queues: readonly QueueDefinition[];
  workerId: string;
  /** Those of the worker whose rows they are; left out: its own. */
  jobs?: ReturnType<typeof createJobActivities>;
  log: Logger;
}

/** The part of a worker that writes rows for the workflows of this task queue, beside all work and never behind it. */
export function createRowWriter(of: WorkerOptions, { jobs: given, ...deps }: RowWriterDeps): Promise<Worker> {
  const jobs = given ?? createJobActivities(deps);
  return Worker.create({
    ...of,
    taskQueue: rowTaskQueue(of),
    activities: { ...createRowWrites({ ...deps, jobs }), ...createStepWrites({ ...deps, jobs }) },
    maxConcurrentActivityTaskExecutions: atOnce,
  });
}
