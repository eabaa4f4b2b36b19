import { Gauge } from 'prom-client';
import { metrics } from './metrics.ts';

/** What the database says of all queues. */
export interface QueueFigures {
  queues: readonly {
    name: string;
    /** `null`: the job table could not be read. */
    jobs: Readonly<Record<string, number>> | null;
    oldestWaitingSeconds: number | null;
    paused: boolean;
    served: boolean;
  }[];
  /** `rate` is `null` where no job started, or ended. */
  burnRates: readonly { queue: string; of: string; minutes: number; rate: number | null }[];
}

/** So long figures are taken for what holds: a scrape that comes sooner, or twice, asks the database nothing. */
const keptMs = 10_000;

let source: (() => Promise<QueueFigures>) | undefined;
let kept: { at: number; figures: Promise<QueueFigures | undefined> } | undefined;

/** From now on scrapes of this process tell what `read` says; answers what ends that. Each scrape waits for it. */
export function tellQueueFigures(read: () => Promise<QueueFigures>): () => void {
  source = read;
  kept = undefined;
  return () => {
    if (source === read) source = undefined;
  };
}

/** `undefined`: nobody reads them here, or the database is away, which is no reason not to tell the rest. */
function figures(): Promise<QueueFigures | undefined> {
  if (source === undefined) return Promise.resolve(undefined);
  const now = performance.now();
  if (kept === undefined || now - kept.at > keptMs)
    kept = { at: now, figures: source().catch(() => undefined) };
  return kept.figures;
}

/** A gauge that is read of the database at each scrape, and told by any process that does. */
function databaseGauge<L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
  tell: (figures: QueueFigures, set: (labels: Record<L, string>, value: number | null) => void) => void,
): void {
  new Gauge<L>({
    name,
    help,
    labelNames,
    registers: [metrics],
    async collect() {
      this.reset();
      const read = await figures();
      if (read !== undefined)
        tell(read, (labels, value) => value !== null && this.set(labels as never, value));
    },
  });
}

databaseGauge(
  'switchyard_queue_jobs',
  'Jobs of a queue by state (queued, delayed, processing, parked, failed, canceled), counted up to 10000',
  ['queue', 'state'],
  ({ queues }, set) => {
    for (const { name: queue, jobs } of queues)
      for (const [state, count] of Object.entries(jobs ?? {})) set({ queue, state }, count);
  },
);

databaseGauge(
  'switchyard_queue_oldest_waiting_seconds',
  'How long the oldest job that could start has waited; not there when none waits',
  ['queue'],
  ({ queues }, set) => {
    for (const { name: queue, oldestWaitingSeconds } of queues) set({ queue }, oldestWaitingSeconds);
  },
);

databaseGauge(
  'switchyard_queue_paused',
  'Whether a queue is paused as a whole, or a system that its jobs need',
  ['queue'],
  ({ queues }, set) => {
    for (const { name: queue, paused } of queues) set({ queue }, paused ? 1 : 0);
  },
);

databaseGauge(
  'switchyard_queue_served',
  'Whether a starter claims the jobs of a queue',
  ['queue'],
  ({ queues }, set) => {
    for (const { name: queue, served } of queues) set({ queue }, served ? 1 : 0);
  },
);

databaseGauge(
  'switchyard_objective_burn_rate',
  'How many times faster than its objective allows jobs of a queue are late, over a window (5m, 30m, 60m, 360m)',
  ['queue', 'objective', 'window'],
  ({ burnRates }, set) => {
    for (const { queue, of: objective, minutes, rate } of burnRates)
      set({ queue, objective, window: `${minutes}m` }, rate);
  },
);
