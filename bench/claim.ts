import { invoicesQueue } from '../pipelines/invoices/queue.ts';
import { loadSettings } from '../server/settings.ts';
import type { Pool } from '../src/platform/database.ts';
import { fillBacklog, useUp } from './backlog.ts';
import { atMost, type Benchmark, type Measure } from './benchmark.ts';
import { Claimer, summary } from './claimer.ts';
import type { BenchContext } from './context.ts';
import { createDatabase, openPool, startBenchPostgres } from './servers.ts';
import { measureStarterMemory } from './starter-memory.ts';
import { ratios } from './statistics.ts';

const smallBacklog = 1_000;
const claimsEach = 200;
const warmUpClaims = 50;
const deadEntries = 100_000;
/** A claim of ten rows, from BEGIN to COMMIT, may take this long. */
const wholeClaimMs = 100;
/** The same over dead entries. */
const deadClaimMs = 5;

export const claim: Benchmark = {
  name: 'claim',
  about: 'time a claim and memory of a starter with a large backlog, and with dead index entries',
  async run(context) {
    const server = await startBenchPostgres(context);
    const [small, large] = [
      await createDatabase(context, server, 'small'),
      await createDatabase(context, server, 'large'),
    ];
    await fillBacklog(context, await openPool(context, small, 1), smallBacklog);
    const largePool = await openPool(context, large, 2);
    await fillBacklog(context, largePool, context.backlogRows);

    const claimers = { small: await openClaimer(context, small), large: await openClaimer(context, large) };
    return [
      ...(await compareBacklogs(context, claimers)),
      ...(await claimOverDeadEntries(context, claimers.large, largePool)),
      // Last, because these starters take what room there is in flight.
      ...(await measureStarterMemory(context, { small, large })),
    ];
  },
};

async function openClaimer(context: BenchContext, databaseUrl: string): Promise<Claimer> {
  return new Claimer(await openPool(context, databaseUrl, 1), invoicesQueue(loadSettings({})));
}

async function compareBacklogs(
  context: BenchContext,
  claimers: { small: Claimer; large: Claimer },
): Promise<Measure[]> {
  await claimers.small.measure(warmUpClaims);
  await claimers.large.measure(warmUpClaims);
  const rounds = await context.repeat('claims from a small and a large backlog', async () => ({
    small: await claimers.small.measure(claimsEach),
    large: await claimers.large.measure(claimsEach),
  }));
  const [ofSmall, ofLarge] = [rounds.map((round) => round.small), rounds.map((round) => round.large)];
  const [few, many] = [summary(ofSmall, 'statement'), summary(ofLarge, 'statement')];
  const [count, whole] = [summary(ofLarge, 'count'), summary(ofLarge, 'transaction')];
  const [fewRows, manyRows] = [`${smallBacklog} rows wait`, `${context.backlogRows} rows wait`];
  return [
    { name: `claim statement, ${fewRows}, p50`, unit: 'ms', values: few.p50 },
    { name: `claim statement, ${manyRows}, p50`, unit: 'ms', values: many.p50, goal: atMost(1) },
    { name: `claim statement, ${manyRows}, p99`, unit: 'ms', values: many.p99 },
    { name: `count in flight, ${manyRows}, p50`, unit: 'ms', values: count.p50 },
    { name: `whole claim, ${manyRows}, p50`, unit: 'ms', values: whole.p50 },
    { name: `whole claim, ${manyRows}, p99`, unit: 'ms', values: whole.p99, goal: atMost(wholeClaimMs) },
    {
      name: 'claim statement, large / small backlog',
      unit: '',
      values: ratios(many.p50, few.p50),
      goal: atMost(1.5),
    },
  ];
}

/** One job that is in flight for longer than all that ended since, and stays there. */
async function startLongAgo(pool: Pool): Promise<void> {
  await pool.query(
    `UPDATE jobs SET status = 'processing', run_id = 'long', attempt = 1, started_at = clock_timestamp() - interval '2 hours'
      WHERE id = (SELECT id FROM jobs WHERE status = 'queued' LIMIT 1)`,
  );
}

/** A snapshot that was taken before keeps vacuum, and every index scan, from removing the entries. */
async function claimOverDeadEntries(context: BenchContext, claimer: Claimer, pool: Pool): Promise<Measure[]> {
  const dead = Math.min(deadEntries, Math.floor(context.backlogRows / 2));
  const forgotten = await pool.connect();
  try {
    await forgotten.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await forgotten.query('SELECT FROM jobs LIMIT 1');
    await startLongAgo(pool);
    await useUp(pool, dead);
    await claimer.measure(warmUpClaims);
    const rounds = await context.repeat('claims over dead index entries', () => claimer.measure(claimsEach));
    const statement = summary(rounds, 'statement');
    const [count, whole] = [summary(rounds, 'count'), summary(rounds, 'transaction')];
    const where = `old snapshot and ${dead} dead entries`;
    return [
      { name: `claim statement, ${where}, p50`, unit: 'ms', values: statement.p50, goal: atMost(2) },
      { name: `claim statement, ${where}, p99`, unit: 'ms', values: statement.p99 },
      { name: `count in flight, ${where}, p50`, unit: 'ms', values: count.p50 },
      { name: `whole claim, ${where}, p50`, unit: 'ms', values: whole.p50, goal: atMost(deadClaimMs) },
      { name: `whole claim, ${where}, p99`, unit: 'ms', values: whole.p99 },
    ];
  } finally {
    forgotten.release(true);
  }
}
