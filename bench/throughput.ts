import { setTimeout as pause } from 'node:timers/promises';
import type { JobInput } from 'pg-switchyard';
import { atLeast, type Benchmark } from './benchmark.ts';
import { type NoOpFleet, startNoOpFleet } from './no-op/fleet.ts';
import { ratios } from './statistics.ts';

const burst = 300;
const warmUpBurst = 60;
const lookEveryMs = 25;
const stalledAfterMs = 60_000;

/** Each runs this many workflows at once and answers how many ended a second. */
export const contestants = { jobs: runJobs, one: runOneActivity, three: runThreeActivities };
type Contestant = keyof typeof contestants;
const names = Object.keys(contestants) as Contestant[];

export const throughput: Benchmark = {
  name: 'throughput',
  about: `no-op jobs a second, ${burst} at once, against bare Temporal workflows on the same worker`,
  async run(context) {
    const fleet = await startNoOpFleet(context);
    for (const name of names) await contestants[name](fleet, warmUpBurst);
    const rounds = await context.repeat('a burst of each kind', async (repetition) => {
      const rates: Record<Contestant, number> = { jobs: 0, one: 0, three: 0 };
      // Each kind comes first, second and third in turn.
      for (let i = 0; i < names.length; i++) {
        const name = names[(repetition + i) % names.length] ?? 'jobs';
        rates[name] = await contestants[name](fleet, burst);
      }
      return rates;
    });
    const [jobs, one, three] = (['jobs', 'one', 'three'] as const).map((name) => rounds.map((r) => r[name]));
    if (jobs === undefined || one === undefined || three === undefined) throw new Error('no rounds');
    return [
      { name: 'jobs', unit: 'jobs/s', values: jobs },
      { name: 'bare workflows, 1 activity', unit: 'workflows/s', values: one },
      { name: 'bare workflows, begin, work and finish as 3 activities', unit: 'workflows/s', values: three },
      { name: 'jobs / 1 activity', unit: '', values: ratios(jobs, one), goal: atLeast(0.95) },
      { name: 'jobs / 3 activities', unit: '', values: ratios(jobs, three), goal: atLeast(1.3) },
    ];
  },
};

/** From the INSERT of the rows until the last of their workflows is closed. */
async function runJobs(fleet: NoOpFleet, count: number): Promise<number> {
  const rate = await untilAllClosed(fleet, 'noOpJob', count, async () => {
    await insertRows(fleet, 'no_op_jobs', count);
  });
  await expectAllComplete(fleet, 'no_op_jobs');
  return rate;
}

function runOneActivity({ client, taskQueue, ...fleet }: NoOpFleet, count: number): Promise<number> {
  return untilAllClosed({ client, taskQueue, ...fleet }, 'oneActivity', count, async () => {
    const starting = Array.from({ length: count }, () =>
      client.workflow.start('oneActivity', { workflowId: crypto.randomUUID(), taskQueue }),
    );
    await Promise.all(starting);
  });
}

/** The rows are there before; the workflows take them over and move them with the statements of a job. */
async function runThreeActivities(fleet: NoOpFleet, count: number): Promise<number> {
  const { client, taskQueue } = fleet;
  const ids = await insertRows(fleet, 'three_activities_jobs', count);
  const rate = await untilAllClosed(fleet, 'threeActivities', count, async () => {
    const starting = ids.map((jobId) => {
      const input: JobInput = { queue: 'three-activities', jobId, requestId: null };
      return client.workflow.start('threeActivities', { workflowId: jobId, taskQueue, args: [input] });
    });
    await Promise.all(starting);
  });
  await expectAllComplete(fleet, 'three_activities_jobs');
  return rate;
}

type Table = 'no_op_jobs' | 'three_activities_jobs';

async function insertRows({ pool }: NoOpFleet, table: Table, count: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO ${table} (label) SELECT 'nothing' FROM generate_series(1, $1) RETURNING id`,
    [count],
  );
  return rows.map(({ id }) => id);
}

async function expectAllComplete({ pool }: NoOpFleet, table: Table): Promise<void> {
  const { rows } = await pool.query<{ status: string; jobs: number }>(
    `SELECT status::text, count(*)::integer AS jobs FROM ${table} WHERE status <> 'complete' GROUP BY status`,
  );
  if (rows.length > 0) throw new Error(`rows of ${table} are not complete: ${JSON.stringify(rows)}`);
}

/** Answers workflows a second, from before `start` until `count` more of this type have completed. */
async function untilAllClosed(
  { client }: NoOpFleet,
  type: string,
  count: number,
  start: () => Promise<void>,
): Promise<number> {
  const completed = async () =>
    (await client.workflow.count(`WorkflowType = '${type}' AND ExecutionStatus = 'Completed'`)).count;
  const wanted = (await completed()) + count;
  const began = performance.now();
  let seen = { count: 0, at: began };
  await start();
  while (true) {
    const now = await completed();
    if (now >= wanted) return count / ((performance.now() - began) / 1000);
    if (now > seen.count) seen = { count: now, at: performance.now() };
    if (performance.now() - seen.at > stalledAfterMs) {
      throw new Error(
        `no ${type} completed for ${stalledAfterMs} ms; ${wanted - now} of ${count} are missing`,
      );
    }
    await pause(lookEveryMs);
  }
}
