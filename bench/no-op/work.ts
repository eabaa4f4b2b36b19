import type { JobOutcome, JobRun } from 'pg-switchyard';
import { asJob, type QueueWork, type WorkDeps } from 'pg-switchyard/worker';
import { wallClockMs } from '../statistics.ts';

const retry = { maxAttempts: 6, initialIntervalMs: 1_000, maxIntervalMs: 60_000 };

export type NoOpActivities = ReturnType<typeof createNoOpActivities>;
export type StepActivities = ReturnType<typeof createStepActivities>;

export const noOpWork: QueueWork = { createActivities: createNoOpActivities };
export const threeActivitiesWork: QueueWork = { createActivities: createStepActivities };

function createNoOpActivities({ jobs, log }: WorkDeps) {
  return {
    /** Begin, empty work and complete, as the activity of every job does them. */
    noOpJob(run: JobRun): Promise<JobOutcome> {
      const activityAt = wallClockMs();
      return asJob({ jobs, retry, log }, run, async () => ({
        publish: async () => ({ activity_at: activityAt }),
        cleanUp: async () => undefined,
      }));
    },
  };
}

function createStepActivities({ jobs }: Pick<WorkDeps, 'jobs'>) {
  return {
    /** Nothing. Answers when it began. */
    noOp: async (): Promise<number> => wallClockMs(),

    async beginJob(run: JobRun): Promise<void> {
      const begun = await jobs.begin(run);
      if (begun.kind !== 'mine') throw new Error(`job ${run.jobId} is ${begun.kind}`);
    },

    async finishJob(run: JobRun): Promise<void> {
      const done = await jobs.complete(run, async () => ({ activity_at: null }));
      if (!done) throw new Error(`job ${run.jobId} is another run's`);
    },
  };
}
