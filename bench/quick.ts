import { atLeast, atMost, type Benchmark, type Measure } from './benchmark.ts';
import { disturbanceOf, sumOf, type Used, usedBy } from './disturbance.ts';
import { compareWriters } from './insert.ts';
import { measurePairs } from './latency.ts';
import { type NoOpFleet, startNoOpFleet } from './no-op/fleet.ts';
import { countStatements, logStatements } from './statements.ts';
import { median, quantile, ratios } from './statistics.ts';
import { contestants } from './throughput.ts';

/** By their command lines. */
const processes = {
  temporal: /temporal/,
  postgres: /postgres/,
  starter: /no-op\/starter/,
  worker: /no-op\/worker/,
};
const burst = 100;
const pairsEach = 12;
const kinds = ['jobs', 'one', 'three'] as const;
type Kind = (typeof kinds)[number];

export const quick: Benchmark = {
  name: 'quick',
  about:
    'the whole table of ratios in some minutes, with the CPU time of each process for a job, and whether the machine was quiet',
  async run(context) {
    const fleet = await startNoOpFleet(context);
    for (const kind of kinds) await contestants[kind](fleet, 40);
    await measurePairs(fleet, 3);
    const rounds = await context.repeat('bursts and lone jobs', (repetition) =>
      measureRound(fleet, repetition),
    );
    const writers = await compareWriters(context, fleet.pool, {
      table: 'three_activities_jobs',
      statement: 'INSERT INTO three_activities_jobs DEFAULT VALUES',
    });
    await logStatements(fleet.pool);
    const statements = await context.repeat('statements of lone jobs', () => countStatements(context, fleet));
    const disturbed = disturbanceOf(
      rounds.flatMap((round) => Object.values(round.used).map((used) => used.byOthers)),
    );
    if (disturbed !== undefined) context.say(disturbed);
    return [
      ...bursts(rounds),
      ...lone(rounds),
      ...writers,
      { name: 'statements of the starter a lone job', unit: '', values: statements, goal: atMost(9) },
      {
        name: 'CPU that others used, of the machine',
        unit: '',
        values: rounds.map(({ used }) => used.jobs.byOthers),
      },
    ];
  },
};

interface Round {
  used: Record<Kind, Used & { value: number }>;
  pairs: Awaited<ReturnType<typeof measurePairs>>;
}

/** Each kind comes first, second and third in turn. */
async function measureRound(fleet: NoOpFleet, repetition: number): Promise<Round> {
  const used: Partial<Round['used']> = {};
  for (let i = 0; i < kinds.length; i += 1) {
    const kind = kinds[(repetition + i) % kinds.length] ?? 'jobs';
    used[kind] = await usedBy(processes, () => contestants[kind](fleet, burst));
  }
  return { used: used as Round['used'], pairs: await measurePairs(fleet, pairsEach) };
}

function bursts(rounds: readonly Round[]): Measure[] {
  const rates = (kind: Kind) => rounds.map(({ used }) => used[kind].value);
  const cpu = (kind: Kind) => rounds.map(({ used }) => sumOf(used[kind].cpu) / burst);
  const of = (kind: Kind, name: string) => rounds.map(({ used }) => (used[kind].cpu[name] ?? 0) / burst);
  return [
    {
      name: 'CPU a job / CPU of a bare workflow, 1 activity',
      unit: '',
      values: ratios(cpu('jobs'), cpu('one')),
      goal: atMost(1.12),
    },
    ...[...Object.keys(processes), 'bench'].flatMap((name): Measure[] => [
      { name: `CPU a job, ${name}`, unit: 'ms', values: of('jobs', name) },
      { name: `CPU a bare workflow, ${name}`, unit: 'ms', values: of('one', name) },
    ]),
    { name: 'jobs / 1 activity', unit: '', values: ratios(rates('jobs'), rates('one')), goal: atLeast(0.95) },
    {
      name: 'jobs / 3 activities',
      unit: '',
      values: ratios(rates('jobs'), rates('three')),
      goal: atLeast(2),
    },
  ];
}

function lone(rounds: readonly Round[]): Measure[] {
  const of = (key: keyof Round['pairs'][number]) =>
    rounds.map(({ pairs }) => median(pairs.map((pair) => pair[key])));
  const slowest = rounds.map(({ pairs }) =>
    quantile(
      pairs.map((pair) => pair.insertToStarted),
      0.9,
    ),
  );
  return [
    { name: 'insert → started, p50', unit: 'ms', values: of('insertToStarted') },
    { name: 'insert → started, p90', unit: 'ms', values: slowest },
    {
      name: 'insert → started / bare start, p50',
      unit: '',
      values: ratios(of('insertToStarted'), of('bareStart')),
      goal: atMost(1.7),
    },
    {
      name: 'insert → activity / bare start → activity, p50',
      unit: '',
      values: ratios(of('insertToActivity'), of('bareToActivity')),
      goal: atMost(1.15),
    },
  ];
}
