import type { BuiltWorker } from '../../src/worker/worker.ts';

/** A running worker of the product, with connections of its own. */
export interface RunningWorker {
  /** Ends as SIGTERM does: running work gets the grace time, then is handed back. Once stopped, does nothing. */
  stop(): Promise<void>;
}

/** Lets the worker run until it is stopped; `close` ends its connections. */
export function runWorker(worker: BuiltWorker, close: () => Promise<void>): RunningWorker {
  const stopping = Promise.withResolvers<void>();
  const running = worker.runUntil(stopping.promise);
  running.catch(() => undefined); // told by stop()
  const end = async () => {
    stopping.resolve();
    try {
      await running;
    } finally {
      await close();
    }
  };
  let ended: Promise<void> | undefined;
  return {
    stop: () => {
      ended ??= end();
      return ended;
    },
  };
}
