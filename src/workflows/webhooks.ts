import type { ActivityOptions } from '@temporalio/workflow';
import type { WebhookActivities } from '../activities/webhooks/webhooks.ts';
import type { JobInput, JobOutcome } from '../queues/job.ts';
import { activitiesOf, runJob } from './run-job.ts';

/** One webhook, tried again for about a day and a half: the activity says how long to wait and when to give up. */
const delivery: ActivityOptions = {
  summary: 'POST to the receiver',
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '2 days',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
};

/** Tells a subscriber, signed, that a job has ended. */
export function deliverWebhook(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => activitiesOf<WebhookActivities>(input, delivery).deliverWebhook(run));
}
