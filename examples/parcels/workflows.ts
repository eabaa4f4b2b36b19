import { ApplicationFailure, condition, defineSignal, setHandler } from '@temporalio/workflow';
import { activitiesOf, type JobInput, type JobOutcome, runSteps } from 'pg-switchyard/workflow';
import type { ParcelActivities } from './activities.ts';

// Every application's bundle has these too.
export { deliverWebhook, housekeep, reconcile, redriveJobs } from 'pg-switchyard/workflow';

/** Somebody collected the parcel: who. */
export const collected = defineSignal<[by: string]>('collected');

/** Weigh → print the label → tell the receiver → wait until the parcel is collected, but not for ever. */
export function sendParcel(input: JobInput): Promise<JobOutcome> {
  const { weigh, printLabel, tellReceiver } = activitiesOf<ParcelActivities>(input, {
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
  });
  let collectedBy: string | undefined;
  setHandler(collected, (by) => {
    collectedBy = by;
  });
  return runSteps(input, async (job) => {
    const grams = await weigh(job.run);
    const trackingCode = await printLabel(job.run, grams);
    await tellReceiver(job.run, `the parcel ${trackingCode} is at the shop`);
    await job.update({ stage: 'at the shop' });
    const waitMs = Number(job.values['collect_within_seconds']) * 1_000;
    if (!(await condition(() => collectedBy !== undefined, waitMs)))
      throw ApplicationFailure.nonRetryable('nobody collected the parcel', 'NOT_COLLECTED');
    return { grams, tracking_code: trackingCode, collected_by: collectedBy };
  });
}
