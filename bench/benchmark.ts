import type { BenchContext } from './context.ts';

/** One benchmark: it starts what it needs through its context, and answers what it measured. */
export interface Benchmark {
  /** As `npm run bench -- NAME` knows it. */
  name: string;
  /** What it shows, in one line. */
  about: string;
  run(context: BenchContext): Promise<Measure[]>;
}

/** One figure, measured once a repetition. */
export interface Measure {
  name: string;
  /** `ms`, `MB` (10⁶ bytes), `jobs/s` …; empty for a ratio. */
  unit: string;
  values: readonly number[];
  /** Not there for a figure that is only told. */
  goal?: Goal;
}

interface Goal {
  kind: 'at most' | 'below' | 'at least';
  value: number;
  /** Whether the median of the repetitions has to reach it, or the worst of them too. */
  judged: 'median' | 'worst';
}

export const atMost = (value: number): Goal => ({ kind: 'at most', value, judged: 'median' });
export const atLeast = (value: number): Goal => ({ kind: 'at least', value, judged: 'median' });
/** For limits that hold always, not half of the time. */
export const alwaysBelow = (value: number): Goal => ({ kind: 'below', value, judged: 'worst' });
