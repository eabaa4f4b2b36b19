import type { Logger } from './logging.ts';

/** One Ctrl-C under npm comes twice, from the terminal and from npm: within this time it is the same one. */
const sameSignalMs = 500;

/**
 * A signal that is aborted by the first SIGTERM or SIGINT. A second one ends the process at once with code 130.
 * What aborts is the wish to stop; who listens finishes or hands back its work first.
 */
export function onShutdownSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const stop = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt > sameSignalMs) process.exit(130);
      return;
    }
    firstAt = performance.now();
    log.info({ signal }, 'shutting down');
    controller.abort();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  return controller.signal;
}

/** Sleeps for `ms`, or until the signal is aborted; never throws. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
