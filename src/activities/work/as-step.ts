import type { Logger } from '../../platform/logging.ts';
import type { JobRun } from '../../queues/job.ts';
import { inTry, type RetryPolicy, type StepContext } from './try.ts';

/**
 * Runs one step of a job as an activity of its own: for workflows that begin and complete the job themselves. It heartbeats as long
 * as the process lives. A step that a worker which stops, an outage of the database or a system out of order breaks off is handed
 * back, and uses up no try.
 * @throws {ApplicationFailure} whose type is the error code, final or with the wait before the next try
 * @throws {CancelledFailure} when the workflow was canceled
 */
export function asStep<T>(
  deps: { retry: RetryPolicy; log: Logger },
  run: JobRun,
  work: (step: StepContext) => Promise<T>,
): Promise<T> {
  return inTry(deps, run, work);
}
