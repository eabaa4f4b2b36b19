import { JobError, type JobRun, type Pool } from 'pg-switchyard';
import { asStep, type WorkDeps } from 'pg-switchyard/worker';

const retry = { maxAttempts: 5, initialIntervalMs: 1_000, maxIntervalMs: 60_000 };

export type ParcelActivities = ReturnType<typeof createActivities>;

/** The steps of a parcel. Each may run more than once, and then answers the same. */
export const createActivities = ({ pool, log }: WorkDeps) => ({
  weigh: (run: JobRun) =>
    asStep({ retry, log }, run, async () => {
      const { contents } = await readParcel(pool, run);
      return 100 + 10 * contents.length;
    }),

  /** Stands for a call of the carrier. The code comes from the job, so that a second call gives the same one. */
  printLabel: (run: JobRun, grams: number) =>
    asStep({ retry, log }, run, async () => {
      const { address } = await readParcel(pool, run);
      if (address === null)
        throw new JobError('NO_ADDRESS', 'the parcel has no address', { retryable: false });
      return `P-${run.jobId.slice(0, 8)}-${grams}`;
    }),

  /** Stands for a message to the receiver. */
  tellReceiver: (run: JobRun, text: string) =>
    asStep({ retry, log }, run, async ({ log: jobLog }) => {
      const { receiver } = await readParcel(pool, run);
      jobLog.info({ receiver }, text);
    }),
});

interface Parcel {
  receiver: string;
  address: string | null;
  contents: string;
}

async function readParcel(pool: Pool, { jobId }: JobRun): Promise<Parcel> {
  const { rows } = await pool.query<Parcel>(
    'SELECT receiver, address, contents FROM post.parcels WHERE id = $1',
    [jobId],
  );
  const [parcel] = rows;
  if (parcel === undefined) throw new JobError('NO_PARCEL', 'the row was deleted', { retryable: false });
  return parcel;
}
