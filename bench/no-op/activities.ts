import type { JobTransitions } from '../../src/activities/rows/transitions.ts';
import { asJob } from '../../src/activities/work/as-job.ts';
import type { RetryPolicy } from '../../src/activities/work/try.ts';
import type { Logger } from '../../src/platform/logging.ts';
import type { JobOutcome, JobRun } from '../../src/queues/job.ts';
import { wallClockMs } from '../statistics.ts';

export type NoOpActivities = ReturnType<typeof createNoOpActivities>;

/** Columns of a result that is none. */
const noResult = { result_path: 'none', result_bytes: 0, result_sha256: '0'.repeat(64) };

export function createNoOpActivities(deps: { jobs: JobTransitions; retry: RetryPolicy; log: Logger }) {
  return {
    /** Begin, empty work and complete, as every pipeline's activity does them. */
    noOpJob(run: JobRun): Promise<JobOutcome> {
      const activityAt = wallClockMs();
      return asJob(deps, run, async () => ({
        publish: async () => ({ ...noResult, activity_at: activityAt }),
        cleanUp: async () => undefined,
      }));
    },

    /** Nothing. Answers when it began. */
    noOp: async (): Promise<number> => wallClockMs(),

    async beginJob(run: JobRun): Promise<void> {
      const begun = await deps.jobs.begin(run);
      if (begun.kind !== 'mine') throw new Error(`job ${run.jobId} is ${begun.kind}`);
    },

    async finishJob(run: JobRun): Promise<void> {
      const done = await deps.jobs.complete(run, async () => ({ ...noResult, activity_at: null }));
      if (!done) throw new Error(`job ${run.jobId} is another run's`);
    },
  };
}
