import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { RedriveActivities } from '../activities/redrives.ts';
import type { JobInput, JobOutcome } from '../queues/job.ts';
import { activitiesOf, runJob } from './lifecycle.ts';

/** One activity for as long as it takes, with its place in the database: a worker that dies or a day that is over costs nothing. */
const redriving: ActivityOptions = {
  startToCloseTimeout: '1 day',
  scheduleToCloseTimeout: '29 days',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** Ended jobs → `queued` again: begin the redrive, take jobs batch by batch, complete it. */
export function redriveJobs(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => activitiesOf<RedriveActivities>(input, redriving).redriveJobs(run));
}
