import { runJob, workOf } from 'pg-switchyard/workflow';

// Every application's bundle has these too.
export { deliverWebhook, housekeep, reconcile, redriveJobs } from 'pg-switchyard/workflow';

const times = /** @type {const} */ ({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '50 minutes',
});

/** @param {import('pg-switchyard/workflow').JobInput} input */
export const shipOrder = (input) => runJob(input, (run) => workOf(input, times).shipOrder(run));
