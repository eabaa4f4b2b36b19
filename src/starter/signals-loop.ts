import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';
import type { Doorbell } from './doorbell.ts';
import type { Signals } from './signals.ts';

/** Between passes while jobs that were told to stop are still under way, or more rows are due than one pass takes. */
const busyMs = 500;
/** Without a bell, cancelling is polled for: it is promised within a second. */
const withoutBellMs = 500;
/** Signals always ring, so with a bell polling is only there for a ring that was lost: so many poll intervals apart. */
const pollsApart = 6;
const troubleMs = 1_000;
/** So many passes at the pace of no bell after writers were asked to ring: they catch transactions that began before. */
const passesUnheard = 10;

/** Drives the signals of one queue until the signal: at each ring, when a delayed row is due, and at the poll interval. */
export async function runSignalsLoop(options: {
  signals: Signals;
  doorbell: Doorbell | undefined;
  pollIntervalMs: number;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { signals, doorbell, signal, log } = options;
  let unheard = passesUnheard;
  while (!signal.aborted) {
    const counts = await signals.runOnce().catch((error: unknown) => {
      if (!signal.aborted)
        log.error({ err: error, queue: signals.queue.name }, 'the signals of rows were not read');
      return undefined;
    });
    if (counts?.due) log.info({ queue: signals.queue.name, jobs: counts.due }, 'delayed jobs are due');
    const busy = counts !== undefined && counts.canceling + counts.answered + counts.due > 0;
    const bell = busy ? undefined : await doorbell?.attend(signals.queue.name);
    if (!busy) unheard = bell === undefined || bell.changed ? passesUnheard : unheard - 1;
    const idleMs =
      unheard <= 0 ? options.pollIntervalMs * pollsApart : Math.min(withoutBellMs, options.pollIntervalMs);
    const pauseMs = counts === undefined ? troubleMs : busy ? busyMs : idleMs;
    const ms = Math.max(Math.min(pauseMs, counts?.nextDueMs ?? pauseMs), 10);
    if (doorbell === undefined || doorbell.deaf) await sleep(ms, signal);
    else await doorbell.wait(signals.queue.name, 'signals', ms, signal);
  }
}
