import type { Pool } from '../platform/database.ts';
import { type QueueFigures, tellQueueFigures } from '../platform/queue-metrics.ts';
import { readBurnRates } from './history.ts';
import { type Definitions, readQueueViews } from './queue-view.ts';

/** Scrapes of this process tell what the database says of all queues, until what is answered is called. */
export const tellQueues = (pool: Pool, definitions: Definitions = new Map()): (() => void) =>
  tellQueueFigures(() => readFigures(pool, definitions));

/** The same of several databases, by their names; of one that is away nothing is told. */
export async function figuresOf(pools: ReadonlyMap<string, Pool>): Promise<QueueFigures> {
  const read = await Promise.all([...pools].map(([name, pool]) => readFiguresAs(name, pool)));
  return {
    queues: read.flatMap(({ queues }) => queues),
    burnRates: read.flatMap(({ burnRates }) => burnRates),
  };
}

async function readFiguresAs(database: string, pool: Pool): Promise<QueueFigures> {
  const { queues, burnRates } = await readFigures(pool, new Map()).catch(() => ({
    queues: [],
    burnRates: [],
  }));
  return {
    queues: queues.map((queue) => ({ ...queue, name: `${database}/${queue.name}` })),
    burnRates: burnRates.map((rate) => ({ ...rate, queue: `${database}/${rate.queue}` })),
  };
}

async function readFigures(pool: Pool, definitions: Definitions): Promise<QueueFigures> {
  const [views, burnRates] = await Promise.all([readQueueViews(pool, definitions), readBurnRates(pool)]);
  const queues = views.map((view) => ({
    name: view.name,
    jobs: view.counts,
    oldestWaitingSeconds: view.oldestWaitingSeconds,
    paused: view.pauses.some(({ scope }) => scope !== 'key'),
    served: view.served === true,
  }));
  return { queues, burnRates };
}
