import { JobError } from 'pg-switchyard';
import { asJob } from 'pg-switchyard/worker';

const retry = { maxAttempts: 5, initialIntervalMs: 1_000, maxIntervalMs: 60_000 };

/** @type {import('pg-switchyard/worker').CreateActivities} */
export const createActivities = ({ jobs, log }) => ({
  /** @param {import('pg-switchyard').JobRun} run */
  shipOrder: (run) =>
    asJob({ jobs, retry, log }, run, async ({ row }) => {
      const parcel = bookParcel(row);
      return { publish: async () => ({ parcel }), cleanUp: async () => undefined };
    }),
});

/**
 * Stands for a call of the carrier. An activity may run twice, so the number comes from the job.
 * @param {Record<string, unknown>} row
 */
function bookParcel({ id, address }) {
  if (address === null)
    throw new JobError('NO_ADDRESS', 'the order has no address to ship to', { retryable: false });
  return `P-${String(id).slice(0, 8)}`;
}
