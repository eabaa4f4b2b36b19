import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction, type Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import type { JobOutcome, JobRun } from '../../queues/job.ts';
import { QueueRegistry } from '../../registry/queue-registry.ts';
import type { JobTransitions } from '../rows/transitions.ts';
import { asJob, type WorkContext } from '../work/as-job.ts';
import type { WorkDone } from '../work/completion.ts';
import { rethrowDatabaseError } from '../work/interruptions.ts';
import { type RedriveStep, redriveStep, redriveTarget } from './batch.ts';

export type RedriveActivities = ReturnType<typeof createRedriveActivities>;

/** What fails a redrive is final; an outage of Postgres is no try. */
const retry = { maxAttempts: 1, initialIntervalMs: 1_000, maxIntervalMs: 1_000 };

/** Ended jobs → `queued` again, so many a second, until none is left that the redrive's row names. */
export function createRedriveActivities(deps: {
  jobs: JobTransitions;
  pool: Pool;
  /** Those of the application. */
  queues: readonly QueueDefinition[];
  log: Logger;
}) {
  const queues = new QueueRegistry(deps);
  async function work({ run, row, signal, log }: WorkContext): Promise<WorkDone> {
    const target = await redriveTarget(queues, row).catch(rethrowDatabaseError);
    const step = (): Promise<RedriveStep> =>
      inTransaction(deps.pool, (tx) => redriveStep(tx, target, run)).catch(rethrowDatabaseError);
    for (let next = await step(); next.kind !== 'done' && next.kind !== 'lost'; next = await step()) {
      if (next.kind === 'wait') await sleep(next.ms, undefined, { signal });
      else if (next.refused > 0)
        log.warn(next, 'jobs set back to queued, but for those that their table refuses');
      else log.debug(next, 'jobs set back to queued');
      signal.throwIfAborted();
    }
    return { publish: async () => ({}), cleanUp: async () => undefined };
  }

  return {
    redriveJobs: (run: JobRun): Promise<JobOutcome> => asJob({ ...deps, retry }, run, work),
  };
}
