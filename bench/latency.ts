import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type Benchmark } from './benchmark.ts';
import { type NoOpFleet, startNoOpFleet } from './no-op/fleet.ts';
import { median, pairwise, quantile, wallClockMs } from './statistics.ts';

const pairsEach = 100;
const warmUpPairs = 20;
const lookEveryMs = 5;
const stalledAfterMs = 60_000;

interface Pair {
  insertToStarted: number;
  insertToActivity: number;
  /** The call that starts the bare workflow. */
  bareStart: number;
  bareToActivity: number;
}

export const latency: Benchmark = {
  name: 'latency',
  about: `one job at a time, ${pairsEach} a repetition, each beside a bare Temporal workflow`,
  async run(context) {
    const fleet = await startNoOpFleet(context);
    await measurePairs(fleet, warmUpPairs);
    const rounds = await context.repeat('one at a time', () => measurePairs(fleet, pairsEach));
    const of = (key: keyof Pair, q: number) =>
      rounds.map((pairs) => {
        const values = pairs.map((pair) => pair[key]);
        return q === 0.5 ? median(values) : quantile(values, q);
      });
    const activity = of('insertToActivity', 0.5);
    const bare = of('bareToActivity', 0.5);
    const more = pairwise(activity, bare, (a, b) => a - b);
    return [
      { name: 'insert → started, p50', unit: 'ms', values: of('insertToStarted', 0.5), goal: atMost(7) },
      { name: 'insert → started, p99', unit: 'ms', values: of('insertToStarted', 0.99), goal: atMost(25) },
      { name: 'insert → activity runs, p50', unit: 'ms', values: activity, goal: atMost(17) },
      { name: 'insert → activity runs, p99', unit: 'ms', values: of('insertToActivity', 0.99) },
      { name: 'bare start → activity runs, p50', unit: 'ms', values: bare },
      { name: 'bare start → activity runs, p99', unit: 'ms', values: of('bareToActivity', 0.99) },
      { name: 'insert − bare, p50', unit: 'ms', values: more, goal: atMost(3) },
    ];
  },
};

/** Lone jobs, each followed by a bare workflow. */
export async function measurePairs(fleet: NoOpFleet, count: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    const job = await measureJob(fleet);
    await quiet();
    pairs.push({ ...job, ...(await measureBare(fleet)) });
    await quiet();
  }
  return pairs;
}

/** Long enough for the starter to sleep again, and not in step with its quick looks. */
const quiet = () => pause(100 + Math.random() * 100);

/** From before the INSERT is sent until the row is marked as started, and until its activity's first line. */
async function measureJob({ pool }: NoOpFleet): Promise<Omit<Pair, 'bareStart' | 'bareToActivity'>> {
  const began = wallClockMs();
  const { rows } = await pool.query<{ id: string }>('INSERT INTO no_op_jobs DEFAULT VALUES RETURNING id');
  const id = rows[0]?.id;
  while (wallClockMs() - began < stalledAfterMs) {
    const { rows: seen } = await pool.query<{ status: string; started_at: number; activity_at: number }>(
      `SELECT status::text, extract(epoch FROM started_at)::double precision * 1000 AS started_at, activity_at
         FROM no_op_jobs WHERE id = $1 AND status NOT IN ('queued', 'processing')`,
      [id],
    );
    const row = seen[0];
    if (row?.status === 'complete') {
      return { insertToStarted: row.started_at - began, insertToActivity: row.activity_at - began };
    }
    if (row !== undefined) throw new Error(`job ${id} ended as ${row.status}`);
    await pause(lookEveryMs);
  }
  throw new Error(`job ${id} did not end within ${stalledAfterMs} ms`);
}

/** From before the start is sent until it is answered, and until the activity's first line. */
async function measureBare({
  client,
  taskQueue,
}: NoOpFleet): Promise<Pick<Pair, 'bareStart' | 'bareToActivity'>> {
  const began = wallClockMs();
  const handle = await client.workflow.start('oneActivity', { workflowId: crypto.randomUUID(), taskQueue });
  const bareStart = wallClockMs() - began;
  const activityAt: number = await handle.result();
  return { bareStart, bareToActivity: activityAt - began };
}
