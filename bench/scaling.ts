import { Random } from '../chaos/random.ts';
import type { Benchmark, Measure } from './benchmark.ts';
import { measuredCosts } from './simulation/measured.ts';
import { type Drained, drain, type Fleet } from './simulation/model.ts';

const numbersOfWorkers = [10, 100, 1_000];
const slots = 10;
/** Enough for any of these fleets, so that it is told which of the others is the bound. */
const cores = { postgres: 64, temporal: 512 };

/** The fleets that `docs/scaling.md` tells of: without a limit in flight, and with one of twice the slots. */
const fleets = [false, true].flatMap((isLimited) =>
  numbersOfWorkers.map((workers) => ({
    name: `${workers} workers${isLimited ? ', limited' : ''}`,
    fleet: {
      starters: 3,
      batch: 100,
      startMs: 14,
      maxInFlight: isLimited ? 2 * workers * slots : null,
      workers,
      slots,
      workMs: 1_000,
      cores,
    } satisfies Omit<Fleet, 'backlog'>,
  })),
);

export const scaling: Benchmark = {
  name: 'scaling',
  about: `no measurement but a simulation: how long 3 starters and ${numbersOfWorkers.join(', ')} workers take for a large backlog`,
  async run(context) {
    const measures: Measure[] = [];
    for (const { name, fleet } of fleets) {
      const runs = await context.repeat(name, async (seed) =>
        drain({ ...fleet, backlog: context.backlogRows }, measuredCosts, new Random(seed)),
      );
      context.say(`${name}: the bound is ${[...new Set(runs.map(({ bound }) => bound))].join(', ')}`);
      measures.push(...measuresOf(name, runs));
    }
    return measures;
  },
};

function measuresOf(name: string, runs: readonly Drained[]): Measure[] {
  const measure = (what: string, unit: string, of: (run: Drained) => number): Measure => ({
    name: `${name}: ${what}`,
    unit,
    values: runs.map(of),
  });
  return [
    measure('jobs', 'jobs/s', (run) => run.jobsPerSecond),
    measure('in all', 's', (run) => run.seconds),
    measure('starters in use', '', (run) => run.use.starters),
    measure('cores of Postgres in use', '', (run) => run.use.postgres * cores.postgres),
    measure('cores of Temporal in use', '', (run) => run.use.temporal * cores.temporal),
    measure('jobs that waited in Temporal at most', '', (run) => run.mostWaiting),
  ];
}
