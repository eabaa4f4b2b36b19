import { proxyActivities } from '@temporalio/workflow';
import { convertInvoice as released } from '../../../pipelines/invoices/workflow.ts';
import type { JobInput, JobOutcome } from '../../../src/queues/job.ts';
import type { CheckActivities } from './activities.ts';

const checks = proxyActivities<CheckActivities>({ startToCloseTimeout: '10 seconds' });

/** The same change made wrongly: jobs that began before it would find another step than the one they did. */
export async function convertInvoice(input: JobInput): Promise<JobOutcome> {
  await checks.checkUpload(input.jobId);
  return released(input);
}
