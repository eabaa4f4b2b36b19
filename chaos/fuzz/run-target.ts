import fc from 'fast-check';
import type { Place, Target } from './target.ts';

/** Small, so that progress is reported often. */
const batchCases = 100;

export interface RunOptions {
  cases: number;
  seed: number;
  /** Called before the first batch of cases and after each; `seed` is that of the next. */
  onProgress?: (done: number, seed: number) => Promise<void>;
}

/**
 * Runs cases against a target that is opened for them, the batch that begins at case n with the seed `seed + n`.
 * Answers why they ended early, with the counterexample and its seed, or `undefined`.
 */
export async function runTarget(
  target: Target,
  place: Place,
  options: RunOptions,
): Promise<string | undefined> {
  const open = await target.open(place);
  try {
    for (let done = 0; done < options.cases; done += batchCases) {
      const seed = options.seed + done;
      await options.onProgress?.(done, seed);
      const numRuns = Math.min(batchCases, options.cases - done);
      const details = await fc.check(open.property, { numRuns, seed });
      if (details.failed) return reportOf(details);
    }
    await open.settled?.();
    await options.onProgress?.(options.cases, options.seed + options.cases);
    return undefined;
  } finally {
    await open.close();
  }
}

async function reportOf(details: fc.RunDetails<unknown>): Promise<string> {
  const error = details.errorInstance instanceof Error ? details.errorInstance.stack : details.errorInstance;
  return `${await fc.asyncDefaultReportMessage(details)}\n${String(error)}`;
}
