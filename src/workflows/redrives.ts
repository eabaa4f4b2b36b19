import type { RedriveActivities } from '../activities/redrives/redrives.ts';
import type { JobInput, JobOutcome } from '../queues/job.ts';
import { runJob, workOf } from './run-job.ts';

/** One activity for as long as it takes, with its place in the database: a worker that dies or a day that is over costs nothing. */
const redriving = {
  summary: 'Jobs back to the queue, batch by batch',
  startToCloseTimeout: '1 day',
  scheduleToCloseTimeout: '29 days',
} as const;

/** Ended jobs → `queued` again: begin the redrive, take jobs batch by batch, complete it. */
export function redriveJobs(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => workOf<RedriveActivities>(input, redriving).redriveJobs(run));
}
