import type { PoolClient } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { JobRun } from '../../queues/job.ts';
import type { JobTransitions } from '../rows/transitions.ts';
import { rethrowDatabaseError } from './interruptions.ts';

/** Work that is done, and whose result is not yet published. */
export interface WorkDone {
  /**
   * Puts the result where it belongs and answers the row's result columns; called while the row is locked. What it writes
   * by `tx` is committed together with the completed row, or not at all.
   */
  publish: (tx: PoolClient) => Promise<Record<string, unknown>>;
  /**
   * What Temporal's Web UI shows as the result of the workflow, of the result columns and whatever else: references and counts, no
   * contents, as it is stored by Temporal. Long values are shown as their size. Left out: that the job is complete.
   */
  shows?: (result: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Clears away what the work left, once the row is complete. */
  cleanUp: () => Promise<void>;
  /** The same when the row is not complete, or nobody knows whether it is; left out: another try goes on with what is there. */
  discard?: () => Promise<void>;
}

/** Completes the row, settles, and clears away what the work left. `false`: the row was no longer this run's. */
export async function completeJob(
  { jobs, settle, log }: { jobs: JobTransitions; settle: () => Promise<void>; log: Logger },
  run: JobRun,
  done: WorkDone,
): Promise<boolean> {
  let completed = false;
  try {
    completed = await publishAndComplete(jobs, run, done.publish);
    if (completed) {
      log.info('job complete');
      await settle();
    }
    return completed;
  } finally {
    const clear = completed ? done.cleanUp : done.discard;
    await clear?.().catch((error: unknown) => log.warn({ err: error }, 'left something to be swept'));
  }
}

/** Tells a failure to publish, which is the job's own, from one of the database around it. */
async function publishAndComplete(
  jobs: JobTransitions,
  run: JobRun,
  publish: WorkDone['publish'],
): Promise<boolean> {
  let publishing: { error: unknown } | undefined;
  const publishOrTell = (tx: PoolClient) =>
    publish(tx).catch((error: unknown) => {
      publishing = { error };
      throw error;
    });
  return jobs.complete(run, publishOrTell).catch((error: unknown) => {
    if (publishing !== undefined) throw publishing.error;
    return rethrowDatabaseError(error);
  });
}
