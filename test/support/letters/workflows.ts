import type { JobInput, JobOutcome } from '../../../src/queues/job.ts';
import { untilNothingIsAsked } from '../../../src/workflows/parking.ts';
import { runJob, workOf } from '../../../src/workflows/run-job.ts';
import type { LetterActivities } from './activities.ts';

export { deliverWebhook, housekeep, reconcile, redriveJobs } from '../../../src/workflows/index.ts';

/** It ends an hour before the deadline of the workflow, so that the row is told. */
const times = {
  summary: 'Send the letter',
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '23 hours',
} as const;

/** One activity, as most jobs are. */
export function sendLetter(input: JobInput): Promise<JobOutcome> {
  const work = workOf<LetterActivities>(input, times);
  return runJob(input, (run) => work.sendLetter(run));
}

/** The same, where the sending may ask a person. */
export function sendAskingLetter(input: JobInput): Promise<JobOutcome> {
  const { sendLetter } = workOf<LetterActivities>(input, times);
  return runJob(input, (run) => untilNothingIsAsked(run, sendLetter));
}
