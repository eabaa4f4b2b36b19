import type { Worker } from '@temporalio/worker';
import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';

/** The polls of a worker end with an answer of Temporal: after so long without one they are not waited for, in milliseconds. */
const unansweredMs = 5_000;
const askEveryMs = 500;

/**
 * Runs the workers until the promise settles, then until each has finished or handed back what it has at hand, for
 * `endWithinMs` at most, as an activity may not stop. What is left then, another worker takes after its heartbeat timeout.
 * Workers that have nothing at hand do not wait for a Temporal that does not answer.
 * @param askTemporal throws when it does not answer
 * @throws what made a worker fail; the others are stopped then
 */
export async function runTogether(
  workers: readonly Worker[],
  stop: Promise<unknown>,
  { endWithinMs, askTemporal, log }: { endWithinMs: number; askTemporal: () => Promise<void>; log: Logger },
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
  const cutOff = stopped.then(() => untilCutOff(workers, askTemporal, ended.signal));
  await Promise.race([Promise.all(running).then(() => ended.abort()), tooLate, cutOff]);
  if (!ended.signal.aborted) {
    ended.abort();
    const states = workers.map((worker) => `${worker.options.taskQueue}: ${worker.getState()}`);
    log.warn({ states }, 'not every worker let go in time; what it held is tried again elsewhere');
  }
  if (failures.length > 0) throw failures[0];
}

/** Until workers have had nothing at hand, and Temporal has not answered, for a while; or until the signal. */
async function untilCutOff(
  workers: readonly Worker[],
  askTemporal: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let since = performance.now();
  while (!signal.aborted && performance.now() - since < unansweredMs) {
    await sleep(askEveryMs, signal);
    const answers = await askTemporal().then(
      () => true,
      () => false,
    );
    if (answers || workers.some(isAtWork)) since = performance.now();
  }
}

function isAtWork(worker: Worker): boolean {
  const { numInFlightActivities, numInFlightWorkflowActivations } = worker.getStatus();
  return numInFlightActivities + numInFlightWorkflowActivations > 0;
}
