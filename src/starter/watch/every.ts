import type { Logger } from '../../platform/logging.ts';
import { sleep } from '../../platform/shutdown.ts';

const mostBackoffMs = 30_000;

/**
 * Does `work` again and again until the signal, and pauses for so many milliseconds in between: `work` may answer another pause. One that
 * fails is tried again after growing pauses. Never throws.
 */
export async function every(
  { what, ms, log, signal }: { what: string; ms: number; log: Logger; signal: AbortSignal },
  work: () => Promise<number | undefined>,
): Promise<void> {
  let troubles = 0;
  while (!signal.aborted) {
    let pauseMs = ms;
    try {
      pauseMs = (await work()) ?? ms;
      troubles = 0;
    } catch (error) {
      if (signal.aborted) return;
      troubles += 1;
      pauseMs = Math.min(Math.max(ms, 250) * 2 ** troubles, mostBackoffMs);
      log.warn({ err: error, againInMs: pauseMs }, `${what} failed; trying again`);
    }
    await sleep(pauseMs * (0.9 + Math.random() * 0.2), signal);
  }
}
