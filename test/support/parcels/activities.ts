import type { JobRun } from '../../../src/queues/job.ts';

/** The steps of a parcel; each test says what they do. */
export interface ParcelActivities {
  weigh(run: JobRun): Promise<number>;
  printLabel(run: JobRun): Promise<string>;
  handOver(run: JobRun): Promise<void>;
  tell(code: string): Promise<void>;
}

/** A step that waits for the test. */
export function heldStep<T>(value: T) {
  const called = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  return {
    called: called.promise,
    release: () => mayEnd.resolve(),
    step: async () => {
      called.resolve();
      await mayEnd.promise;
      return value;
    },
  };
}
