import { workflowInfo } from '@temporalio/workflow';
import type { JobInput, JobOutcome } from 'pg-switchyard';
import { runJob, workOf } from 'pg-switchyard/workflow';
import type { InvoiceActivities } from './convert-invoice.ts';

/**
 * One call of the gateway and the storing of its answer. The activity says itself when its tries are used up and how
 * long to wait for the next; what retries here without end is a worker that died and a database that is away, and the
 * deadline ends that an hour before Temporal would end the workflow, so that the row is told.
 */
const gatewayWork = (input: JobInput) =>
  workOf<InvoiceActivities>(input, {
    summary: 'PDF → XML by the gateway',
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: untilRowIsTold(),
  });

const hourMs = 60 * 60 * 1000;

/** The workflow's own deadline less an hour, in milliseconds. */
function untilRowIsTold(): number {
  return Math.max((workflowInfo().runTimeoutMs ?? 24 * hourMs) - hourMs, hourMs);
}

/** PDF → XML: begin the job, call the gateway, store its answer, complete the job; a failure ends the row as `failed`. */
export function convertInvoice(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => gatewayWork(input).convertInvoice(run));
}
