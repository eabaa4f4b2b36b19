import { SetupError } from './errors.ts';
import type { Logger } from './logging.ts';
import { sleep } from './shutdown.ts';

/**
 * Tries to reach another system until it answers, with growing pauses of half a second to ten, saying so each time.
 * `undefined`: told to stop before. A {@link SetupError} is thrown at once: waiting would not mend it.
 */
export async function untilReached<T>(
  what: string,
  context: { log: Logger; signal: AbortSignal },
  reach: () => Promise<T>,
): Promise<T | undefined> {
  for (let pauseMs = 500; !context.signal.aborted; pauseMs = Math.min(pauseMs * 2, 10_000)) {
    try {
      return await reach();
    } catch (error) {
      if (error instanceof SetupError) throw error;
      if (context.signal.aborted) break;
      context.log.warn({ err: error, pauseMs }, `${what} cannot be reached; trying again`);
      await sleep(pauseMs, context.signal);
    }
  }
  return undefined;
}
