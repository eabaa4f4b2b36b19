import type { Logger } from './logging.ts';
import type { LostTasks, WaitingRun } from './lost-tasks.ts';
import { reconcilerRepairs } from './metrics.ts';

const rule = 'lost_task';

/**
 * Schedules again what Temporal lost of a job whose workflow is open, and says so in the log, in metrics and in the history of the job.
 * `false`: that was refused, which is logged; it may be tried again later.
 * @param job.queue what metrics call the queue
 * @param job.note writes to the history of the job
 */
export async function renewLostTask(
  lostTasks: LostTasks,
  run: WaitingRun,
  job: { queue: string; id: string; note: (why: string) => Promise<unknown>; log: Logger },
): Promise<boolean> {
  const fields = { jobId: job.id, rule };
  try {
    const why = await lostTasks.renew(run);
    if (why === undefined) return true;
    reconcilerRepairs.inc({ queue: job.queue, rule });
    job.log.warn({ ...fields, why }, 'job reconciled');
    await job.note(why);
    return true;
  } catch (error) {
    job.log.error({ ...fields, err: error }, 'a task that Temporal lost could not be scheduled again');
    return false;
  }
}
