import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';
import type { Doorbell } from './doorbell.ts';
import type { Requests } from './requests.ts';

/** Between passes while jobs that were told to stop are still under way, or more rows are due than one pass takes. */
const busyMs = 500;
/** Without a bell, cancelling is polled for: it is promised within a second. */
const withoutBellMs = 500;
const troubleMs = 1_000;

/** Drives the requests of one queue until the signal: at each ring, when a delayed row is due, and at the poll interval. */
export async function runRequestsLoop(options: {
  requests: Requests;
  doorbell: Doorbell | undefined;
  pollIntervalMs: number;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { requests, doorbell, signal, log } = options;
  const most =
    doorbell === undefined ? Math.min(withoutBellMs, options.pollIntervalMs) : options.pollIntervalMs;
  while (!signal.aborted) {
    const counts = await requests.runOnce().catch((error: unknown) => {
      if (!signal.aborted)
        log.error({ err: error, queue: requests.queue.name }, 'requests of rows were not read');
      return undefined;
    });
    if (counts?.due) log.info({ queue: requests.queue.name, jobs: counts.due }, 'delayed jobs are due');
    const busy = counts !== undefined && counts.canceling + counts.due > 0;
    const pauseMs = counts === undefined ? troubleMs : busy ? busyMs : most;
    const ms = Math.max(Math.min(pauseMs, counts?.nextDueMs ?? pauseMs), 10);
    if (doorbell === undefined) await sleep(ms, signal);
    else await doorbell.wait(requests.queue.name, 'requests', ms, signal);
  }
}
