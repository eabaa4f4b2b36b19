import { setTimeout as pause } from 'node:timers/promises';
import { alwaysBelow, atLeast, type Benchmark } from './benchmark.ts';
import { type CpuTimes, cpuBetween, cpuTimes } from './cpu-time.ts';
import { quantile, ratios } from './statistics.ts';
import { startWatchedFleet, taskQueue, type WatchedFleet } from './watched/fleet.ts';

/** By their command lines. */
const processes = {
  temporal: /temporal/,
  postgres: /postgres/,
  starter: /start starter/,
  worker: /watched\/worker/,
};
const burst = 300;
const warmUpBurst = 60;
const inFlight = 1_000;
/** They end spread over this time, after all of them were started. */
const endsWithinMs = 30_000;
const startsWithinMs = 45_000;
const lookEveryMs = 25;
const stalledAfterMs = 120_000;

export const watched: Benchmark = {
  name: 'watched',
  about: `jobs of anybody's workflow, ${burst} at once, against the bare workflows; and how soon ${inFlight} ends reach their rows`,
  async run(context) {
    const fleet = await startWatchedFleet(context);
    await fleet.pool.query(`SELECT switchyard.create_queue('nothing', 'doNothing', '${taskQueue}')`);
    await fleet.pool.query(`SELECT switchyard.create_queue('sleepers', 'sleepUntil', '${taskQueue}')`);
    for (const run of [runJobs, runBare]) await run(fleet, warmUpBurst);
    const rounds = await context.repeat('a burst of each kind', async (repetition) => {
      const round = { jobs: none, bare: none };
      for (const kind of repetition % 2 === 0 ? (['jobs', 'bare'] as const) : (['bare', 'jobs'] as const))
        round[kind] = await runBurst(() => (kind === 'jobs' ? runJobs : runBare)(fleet, burst));
      return round;
    });
    const lags = await context.repeat(`${inFlight} in flight`, () => endToRow(fleet));
    const [jobs, bare] = [rounds.map((round) => round.jobs.rate), rounds.map((round) => round.bare.rate)];
    const cpu = (kind: 'jobs' | 'bare', name: string) =>
      rounds.map((round) => (round[kind].cpu[name] ?? 0) / burst);
    return [
      { name: 'watched jobs', unit: 'jobs/s', values: jobs },
      { name: 'bare workflows', unit: 'workflows/s', values: bare },
      { name: 'watched / bare', unit: '', values: ratios(jobs, bare), goal: atLeast(0.97) },
      ...[...Object.keys(processes), 'bench'].flatMap((name) => [
        { name: `CPU a watched job, ${name}`, unit: 'ms', values: cpu('jobs', name) },
        { name: `CPU a bare workflow, ${name}`, unit: 'ms', values: cpu('bare', name) },
      ]),
      {
        name: 'CPU, watched / bare',
        unit: '',
        values: rounds.map((round) => sum(round.jobs.cpu) / sum(round.bare.cpu)),
      },
      { name: 'end → row, p50', unit: 'ms', values: lags.map((lag) => quantile(lag, 0.5)) },
      {
        name: 'end → row, p99',
        unit: 'ms',
        values: lags.map((lag) => quantile(lag, 0.99)),
        goal: alwaysBelow(1_000),
      },
    ];
  },
};

interface Burst {
  /** A second. */
  rate: number;
  cpu: CpuTimes;
}
const none: Burst = { rate: 0, cpu: {} };

async function runBurst(run: () => Promise<number>): Promise<Burst> {
  const before = await cpuTimes(processes);
  const rate = await run();
  return { rate, cpu: cpuBetween(before, await cpuTimes(processes)) };
}

const sum = (times: CpuTimes): number => Object.values(times).reduce((all, ms) => all + ms, 0);

/** From the INSERT of the rows until the last of their workflows is closed. */
async function runJobs(fleet: WatchedFleet, count: number): Promise<number> {
  const rate = await untilAllClosed(fleet, 'doNothing', count, async () => {
    await fleet.pool.query(`SELECT count(switchyard.enqueue('nothing')) FROM generate_series(1, $1)`, [
      count,
    ]);
  });
  await untilNoneOpen(fleet, 'nothing');
  return rate;
}

function runBare(fleet: WatchedFleet, count: number): Promise<number> {
  return untilAllClosed(fleet, 'doNothing', count, async () => {
    const starting = Array.from({ length: count }, () =>
      fleet.client.workflow.start('doNothing', { workflowId: crypto.randomUUID(), taskQueue }),
    );
    await Promise.all(starting);
  });
}

/** How long after its workflow had ended each row said so, in milliseconds, by Temporal's clock and that of Postgres. */
async function endToRow(fleet: WatchedFleet): Promise<number[]> {
  const { pool, client } = fleet;
  const { rows: begun } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  await pool.query(
    `SELECT count(switchyard.enqueue('sleepers',
              jsonb_build_object('at', (extract(epoch FROM now()) * 1000 + $2::integer + random() * $3::integer)::bigint)))
       FROM generate_series(1, $1::integer)`,
    [inFlight, startsWithinMs, endsWithinMs],
  );
  await untilNoneOpen(fleet, 'sleepers');
  const { rows } = await pool.query<{ workflow_id: string; completed_at: Date }>(
    'SELECT workflow_id, completed_at FROM switchyard_jobs.sleepers WHERE created_at >= $1',
    [begun[0]?.now],
  );
  const closed = new Map<string, number>();
  const since = begun[0]?.now.toISOString();
  for await (const { workflowId, closeTime } of client.workflow.list({
    query: `WorkflowType = 'sleepUntil' AND StartTime >= '${since}'`,
    pageSize: 1_000,
  }))
    closed.set(workflowId, closeTime?.getTime() ?? Number.NaN);
  return rows.map(
    ({ workflow_id, completed_at }) => completed_at.getTime() - (closed.get(workflow_id) ?? Number.NaN),
  );
}

async function untilNoneOpen({ pool }: WatchedFleet, queue: 'nothing' | 'sleepers'): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < stalledAfterMs) {
    const { rows } = await pool.query<{ status: string; jobs: number }>(
      `SELECT status, count(*)::integer AS jobs FROM switchyard_jobs.${queue} WHERE status <> 'complete' GROUP BY status`,
    );
    if (rows.length === 0) return;
    if (rows.some(({ status }) => status === 'failed' || status === 'canceled'))
      throw new Error(`jobs of ${queue} ended otherwise: ${JSON.stringify(rows)}`);
    await pause(lookEveryMs);
  }
  throw new Error(`jobs of ${queue} did not end within ${stalledAfterMs} ms`);
}

/** Answers workflows a second, from before `start` until `count` more of this type have completed. */
async function untilAllClosed(
  { client }: WatchedFleet,
  type: string,
  count: number,
  start: () => Promise<void>,
): Promise<number> {
  const completed = async () =>
    (await client.workflow.count(`WorkflowType = '${type}' AND ExecutionStatus = 'Completed'`)).count;
  const wanted = (await completed()) + count;
  const began = performance.now();
  await start();
  while (performance.now() - began < stalledAfterMs) {
    if ((await completed()) >= wanted) return count / ((performance.now() - began) / 1000);
    await pause(lookEveryMs);
  }
  throw new Error(`${count} of ${type} did not complete within ${stalledAfterMs} ms`);
}
