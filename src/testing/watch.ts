import { pino } from 'pino';
import { requireIdentity } from '../identity/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { Mirror } from '../starter/watch/mirror.ts';
import { createWatchShare } from '../starter/watch/run-watch.ts';
import { Watch } from '../starter/watch/watch.ts';
import type { QueueOptions } from './claim-once.ts';

/** Follows the workflows of jobs until it is closed, as a starter does of those that it has started. */
export async function openWatch({ pool, client, queue }: QueueOptions<QueueDefinition>): Promise<{
  follow(id: string): Promise<void>;
  /** Writes to the application's rows how their jobs went. */
  mirror(): Promise<unknown>;
  close(): Promise<void>;
}> {
  const { id: database } = await requireIdentity(pool);
  const log = pino({ level: 'silent' });
  const closing = new AbortController();
  const share = createWatchShare({ client, log, signal: closing.signal });
  const watch = new Watch({ pool, client, queue: { ...queue, database }, workerId: 'test', log, ...share });
  const mirror = new Mirror({ pool, queue, log });
  return {
    follow: (id) => watch.started([id]),
    mirror: () => mirror.runOnce(),
    async close() {
      closing.abort();
      await share.follower.close();
    },
  };
}
