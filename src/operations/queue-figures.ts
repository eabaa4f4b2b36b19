import type { Pool } from '../platform/database.ts';
import { type QueueFigures, tellQueueFigures } from '../platform/queue-metrics.ts';
import { readBurnRates } from './history.ts';
import { type Definitions, readQueueViews } from './queue-view.ts';

/** Scrapes of this process tell what the database says of all queues, until what is answered is called. */
export const tellQueues = (pool: Pool, definitions: Definitions = new Map()): (() => void) =>
  tellQueueFigures(() => readFigures(pool, definitions));

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
