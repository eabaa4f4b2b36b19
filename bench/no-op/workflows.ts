import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { type JobInput, type JobOutcome, runJob, workOf } from 'pg-switchyard/workflow';
import type { NoOpActivities, StepActivities } from './work.ts';

export { deliverWebhook, housekeep, reconcile, redriveJobs } from 'pg-switchyard/workflow';

const steps = proxyActivities<StepActivities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 3 },
});

/** A job of Switchyard. */
export function noOpJob(input: JobInput): Promise<JobOutcome> {
  const { noOpJob } = workOf<NoOpActivities>(input, { startToCloseTimeout: '30 minutes' });
  return runJob(input, noOpJob);
}

/** The least a durable workflow does: one activity. Answers when that began. */
export function oneActivity(): Promise<number> {
  return steps.noOp();
}

/** A job whose row is begun, worked on and finished by an activity each. */
export async function threeActivities(input: JobInput): Promise<void> {
  const run = { ...input, runIds: [workflowInfo().runId] };
  await steps.beginJob(run);
  await steps.noOp();
  await steps.finishJob(run);
}
