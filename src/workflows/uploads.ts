import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { UploadActivities } from '../activities/uploads.ts';
import type { JobInput, JobOutcome } from '../queues/job.ts';
import { activitiesOf, runJob } from './lifecycle.ts';

/** One activity for all stages: the row says how far it came, and the staged text which page. */
const reading: ActivityOptions = {
  startToCloseTimeout: '12 hours',
  scheduleToCloseTimeout: '23 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** Document → text: begin the job at its stage, check the document, parse it, complete the job. */
export function parseDocument(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => activitiesOf<UploadActivities>(input, reading).parseDocument(run));
}
