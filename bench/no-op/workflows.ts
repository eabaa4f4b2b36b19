import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { JobInput, JobOutcome } from '../../src/queues/job.ts';
import { runJob } from '../../src/workflows/run-job.ts';
import type { NoOpActivities } from './activities.ts';

// The job's own writes of a failure are activities of the product, and proxied by `runJob`.
const steps = proxyActivities<NoOpActivities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 3 },
});

/** A job of Switchyard. */
export function noOpJob(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => steps.noOpJob(run));
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
