import type { Worker } from '@temporalio/worker';
import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';

/**
 * Runs the workers until the promise settles, then until each has finished or handed back what it has at hand, for
 * `endWithinMs` at most: a Temporal that does not answer lets no worker go, and an activity may not stop. What is
 * left then, another worker takes after its heartbeat timeout.
 * @throws what made a worker fail; the others are stopped then
 */
export async function runTogether(
  workers: readonly Worker[],
  stop: Promise<unknown>,
  { endWithinMs, log }: { endWithinMs: number; log: Logger },
): Promise<void> {
  const failures: unknown[] = [];
  const failed = Promise.withResolvers<void>();
  const stopped = Promise.race([stop, failed.promise]);
  const running = workers.map((worker) =>
    worker.runUntil(stopped).catch((error: unknown) => {
      failures.push(error);
      failed.resolve();
    }),
  );
  const ended = new AbortController();
  const tooLate = stopped.then(() => sleep(endWithinMs, ended.signal));
  await Promise.race([Promise.all(running).then(() => ended.abort()), tooLate]);
  if (!ended.signal.aborted) {
    const states = workers.map((worker) => `${worker.options.taskQueue}: ${worker.getState()}`);
    log.warn({ states }, 'not every worker let go in time; what it held is tried again elsewhere');
  }
  if (failures.length > 0) throw failures[0];
}
