import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { startTemporalCluster, type TemporalKind } from '../../server/dev/temporal-cluster/start.ts';
import { installRuntime } from '../../src/worker/runtime.ts';
import { templateDatabase } from '../../test/support/database-name.ts';
import { folderForServers, startTestServers } from '../../test/support/servers.ts';
import { randomPairs } from './pairs.ts';
import type { CrashRole, Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { describeRun, listInteractions, type SeriesOptions, tryEveryPoint, tryRuns } from './series.ts';
import { openWorld, type World } from './world.ts';

const usage = `npm run crash-points [-- --job ${Object.keys(scenarios).join('|')}] [--role starter|worker] [--pairs N]
                        [--seed S] [--concurrency N] [--temporal dev|real]

  Runs one job of each kind again and again, and ends the starter, then the worker, at each of their interactions with Postgres,
  Temporal, the disk and the gateway. --job and --role choose one of these. --pairs adds N runs with two deaths each, chosen by the seed (default 1).
  --concurrency says how many runs go on at once (default 8). --temporal real runs them on a cluster of processes, not on the development server.
`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

function wholeNumber(name: string, given: string | undefined, fallback: number): number {
  const value = given === undefined ? fallback : Number(given);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} must be a whole number, got ${given}`);
  return value;
}

const temporals = {
  dev: undefined,
  real: async (folder: string) => {
    const cluster = await startTemporalCluster({ folder: join(folder, 'temporal'), say: print });
    return { address: cluster.address, child: cluster };
  },
} as const;

/** Servers of its own, on free ports and in a folder that is gone afterwards. */
async function withServers(temporal: TemporalKind, work: (world: World) => Promise<number>): Promise<number> {
  const servers = await startTestServers(
    await folderForServers('switchyard-crash-servers-'),
    temporals[temporal],
  );
  try {
    const { postgresUrl, temporalAddress } = servers;
    const world = await openWorld({ postgresUrl, template: templateDatabase, temporalAddress });
    return await work(world).finally(() => world.close());
  } finally {
    await servers.stop();
  }
}

interface Plan {
  scenarios: readonly Scenario[];
  roles: readonly CrashRole[];
  pairs: number;
  seed: number;
}

async function runScenario(options: SeriesOptions, { roles, pairs, seed }: Plan): Promise<number> {
  const broken: string[] = [];
  const counts: string[] = [];
  for (const role of roles) {
    const report = await tryEveryPoint(options, role);
    counts.push(`${role}=${report.tried}`);
    broken.push(...report.broken);
  }
  if (pairs > 0) {
    const starter = await listInteractions(options, 'starter');
    const worker = await listInteractions(options, 'worker');
    const report = await tryRuns(options, randomPairs(pairs, seed, { starter, worker }));
    counts.push(`pairs=${report.tried} of ${pairs} (seed ${seed})`);
    broken.push(...report.broken);
  }
  for (const problem of broken) print(`BROKEN ${problem}`);
  print(`crash points of ${options.scenario.name}: ${counts.join(' ')} broken=${broken.length}`);
  return broken.length === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      job: text,
      role: text,
      pairs: text,
      seed: text,
      concurrency: text,
      temporal: text,
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    print(usage);
    return 0;
  }
  installRuntime(pino({ level: 'silent' }), 'error');
  const plan: Plan = {
    scenarios: choose('job', values.job, scenarios),
    roles: choose('role', values.role, { starter: 'starter', worker: 'worker' } as const),
    pairs: wholeNumber('pairs', values.pairs, 0),
    seed: wholeNumber('seed', values.seed, 1),
  };
  const concurrency = Math.max(1, wholeNumber('concurrency', values.concurrency, 8));
  const [temporal = 'dev'] = choose('temporal', values.temporal ?? 'dev', {
    dev: 'dev',
    real: 'real',
  } as const);
  return withServers(temporal, (world) => {
    const onRun: SeriesOptions['onRun'] = (run) => {
      if (run.lives.some(({ died }) => !died) && run.broken.length === 0) return;
      const left = run.leftOvers.length > 0 ? `; left for the sweep: ${run.leftOvers.join(', ')}` : '';
      print(`${run.broken.length === 0 ? 'held' : 'BROKE'} ${describeRun(run)}${left}`);
    };
    return runAll({ world, concurrency, onRun }, plan);
  });
}

/** The one that is named, or all. */
function choose<T>(option: string, name: string | undefined, known: Readonly<Record<string, T>>): T[] {
  if (name === undefined) return Object.values(known);
  const chosen = known[name];
  if (chosen !== undefined) return [chosen];
  throw new Error(`--${option} must be one of ${Object.keys(known).join(', ')}, got ${name}`);
}

async function runAll(options: Omit<SeriesOptions, 'scenario'>, plan: Plan): Promise<number> {
  let exitCode = 0;
  for (const scenario of plan.scenarios)
    exitCode = Math.max(exitCode, await runScenario({ ...options, scenario }, plan));
  return exitCode;
}

process.exitCode = await main();
