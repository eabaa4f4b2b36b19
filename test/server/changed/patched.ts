import { patched, proxyActivities } from '@temporalio/workflow';
import { convertInvoice as released } from '../../../pipelines/invoices/workflow.ts';
import type { JobInput, JobOutcome } from '../../../src/queues/job.ts';
import type { CheckActivities } from './activities.ts';

const checks = proxyActivities<CheckActivities>({ startToCloseTimeout: '10 seconds' });

/** What docs/changing-workflows.md shows: jobs that began before the change go on without the new step. */
export async function convertInvoice(input: JobInput): Promise<JobOutcome> {
  if (patched('check-upload-first')) await checks.checkUpload(input.jobId);
  return released(input);
}
