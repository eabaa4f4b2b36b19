import { describe, expect, test } from 'vitest';
import { answeredCosts, measuredCosts, measuredRates } from '../../bench/simulation/measured.ts';
import { drain, type Fleet } from '../../bench/simulation/model.ts';
import { Random } from '../../chaos/random.ts';

const fleet: Fleet = {
  backlog: 20_000,
  starters: 3,
  batch: 100,
  startMs: 14,
  maxInFlight: null,
  workers: 10,
  slots: 10,
  workMs: 1_000,
  cores: { postgres: 64, temporal: 512 },
};
const run = (changes: Partial<Fleet> = {}, seed = 1) =>
  drain({ ...fleet, ...changes }, measuredCosts, new Random(seed));

describe('the simulation of a fleet', () => {
  test.each(measuredRates)(
    'comes within a fifth of what was measured with $starters starters, batches of $batch and $cores cores',
    ({ starters, batch, cores, jobsPerSecond }) => {
      const answered = {
        starters,
        batch,
        startMs: 0.5,
        workMs: 1,
        workers: 1_000,
        slots: 1_000,
        cores: { shared: cores },
      };
      const simulated = drain({ ...fleet, ...answered }, answeredCosts, new Random(1));
      expect(simulated.bound).toBe('starters');
      expect(simulated.jobsPerSecond / jobsPerSecond).toBeGreaterThan(0.8);
      expect(simulated.jobsPerSecond / jobsPerSecond).toBeLessThan(1.2);
    },
  );

  test('gives the same for the same seed, and another for another', () => {
    expect(run({}, 1)).toEqual(run({}, 1));
    expect(run({}, 1).seconds).not.toBe(run({}, 2).seconds);
  });

  test('ends as many jobs a second as the slots of the workers allow, while nothing else is in use', () => {
    const { jobsPerSecond, bound } = run();
    expect(bound).toBe('workers');
    expect(jobsPerSecond).toBeGreaterThan(90);
    expect(jobsPerSecond).toBeLessThanOrEqual(101);
  });

  test('goes by the starters where they are too few, and by Postgres where that is', () => {
    const many = { workers: 2_000, backlog: 200_000 };
    expect(run({ ...many, starters: 1, batch: 10 }).bound).toBe('starters');
    expect(run({ ...many, cores: { postgres: 1, temporal: 512 } }).bound).toBe('postgres');
    expect(run({ ...many, cores: { postgres: 64, temporal: 4 } }).bound).toBe('temporal');
  });

  test('lets one starter claim at a time under a limit, and never has more in flight', () => {
    const limited = run({ maxInFlight: 50 });
    expect(limited.jobsPerSecond).toBeLessThan(51);
    expect(limited.mostWaiting).toBeLessThanOrEqual(50);
  });
});
