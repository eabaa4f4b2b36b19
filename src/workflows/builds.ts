import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { BuildActivities } from '../activities/builds.ts';
import type { JobInput, JobOutcome } from '../queues/job.ts';
import { activitiesOf, runJob } from './lifecycle.ts';

/** The build ends by its own timeout; these are for a worker that does not. A dead one is noticed by its heartbeat. */
const building: ActivityOptions = {
  startToCloseTimeout: '1 day',
  scheduleToCloseTimeout: '2 days',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** Repository → artifact: begin the job, fetch the commit, build it, keep log and artifact, complete the job. */
export function buildRepository(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => activitiesOf<BuildActivities>(input, building).buildRepository(run));
}
