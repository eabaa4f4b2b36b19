import type { Costs } from './model.ts';

/**
 * What jobs that do nothing cost on a core of an AMD EPYC: `starter` and `claim` by `npm run bench -- answered`, the others by
 * `npm run bench -- --quick --temporal real`.
 */
export const measuredCosts: Costs = { starter: 0.28, claim: 0.165, end: 3, worker: 20, temporal: 75 };

/** What the Temporal of `answered` costs a start, which does nothing else. */
export const answeredCosts: Costs = { ...measuredCosts, end: 0, worker: 0.001, temporal: 0.05 };

/** Rates that `answered` measured, and what cores others left to it. */
export const measuredRates = [
  { starters: 1, batch: 100, cores: 0.5, jobsPerSecond: 871 },
  { starters: 1, batch: 100, cores: 1.04, jobsPerSecond: 2_095 },
  { starters: 1, batch: 500, cores: 1.82, jobsPerSecond: 2_360 },
  { starters: 3, batch: 100, cores: 0.76, jobsPerSecond: 1_549 },
] as const;
