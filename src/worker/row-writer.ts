import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createRowWrites } from '../activities/rows/row-writes.ts';
import { createStepWrites } from '../activities/rows/step-writes.ts';
import type { createJobActivities } from '../activities/rows/transitions.ts';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { rowTaskQueue } from '../queues/standard.ts';

/** Each takes a connection of the pool for a moment. */
const atOnce = 5;

/** The part of a worker that writes rows for workflows, beside all work and never behind it. */
export function createRowWriter(
  of: WorkerOptions,
  deps: {
    pool: Pool;
    queues: readonly QueueDefinition[];
    jobs: ReturnType<typeof createJobActivities>;
    log: Logger;
  },
): Promise<Worker> {
  return Worker.create({
    ...of,
    taskQueue: rowTaskQueue(of),
    activities: { ...createRowWrites(deps), ...createStepWrites(deps) },
    maxConcurrentActivityTaskExecutions: atOnce,
  });
}
