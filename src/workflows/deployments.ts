import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { DeploymentActivities } from '../activities/deployments.ts';
import type { JobInput, JobOutcome } from '../queues/job.ts';
import { activitiesOf, runJob } from './lifecycle.ts';

/** Unpacking takes as long as the artifact is large; a dead worker is noticed by its heartbeat. */
const deploying: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** Artifact → live version: begin the job, unpack beside the live version, switch over, complete the job. */
export function deployBuild(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => activitiesOf<DeploymentActivities>(input, deploying).deployBuild(run));
}
