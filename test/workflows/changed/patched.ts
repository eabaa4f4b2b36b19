import { patched, proxyActivities } from '@temporalio/workflow';
import type { JobInput, JobOutcome } from '../../../src/queues/job.ts';
import { convertInvoice as released } from '../../../src/workflows/invoices.ts';
import type { CheckActivities } from './activities.ts';

const checks = proxyActivities<CheckActivities>({ startToCloseTimeout: '10 seconds' });

/** What docs/changing-workflows.md shows: jobs that began before the change go on without the new step. */
export async function convertInvoice(input: JobInput): Promise<JobOutcome> {
  if (patched('check-upload-first')) await checks.checkUpload(input.jobId);
  return released(input);
}
