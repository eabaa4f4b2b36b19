import { type Pool, quoteLiteral } from '../platform/database.ts';
import { type KeyRow, keysOfQueue, limitsOfKeys } from '../sql/overview.ts';
import { openPauses } from '../sql/status.ts';
import { type PauseRow, pauseOf } from './around-queues.ts';
import { jobTable } from './job-table.ts';
import { readPatiently } from './patience.ts';
import { Refusal } from './refusal.ts';
import { requireQueue } from './registered-queue.ts';
import type { KeyView } from './views.ts';

/** Jobs of one key and priority are not counted past this. */
const countsUpTo = 1_000;

/**
 * The keys of a queue that have jobs waiting or in flight, a limit or a pause, by key, from behind `after` on.
 * @throws {Refusal} NO_SUCH_QUEUE, NO_KEYS
 */
export async function readKeys(
  pool: Pool,
  queueName: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<KeyView[]> {
  const queue = await requireQueue(pool, queueName);
  const jobs = jobTable(queue);
  if (!jobs.has('key', 'priority', 'startedAt')) {
    throw new Refusal('bad', 'NO_KEYS', `the jobs of queue ${queue.name} have no key`);
  }
  const status = jobs.column('status', 'text');
  const statement = keysOfQueue(queue.name, {
    table: jobs.table,
    key: jobs.column('key', 'text'),
    priority: jobs.column('priority', 'integer'),
    startedAt: jobs.column('startedAt', 'timestamptz'),
    isWaiting: `${status} = ${quoteLiteral(jobs.states.waiting)} AND ${jobs.column('runAt', 'timestamptz')} IS NULL`,
    isInFlight: `${status} = ${quoteLiteral(jobs.states.inFlight)}`,
  });
  return readPatiently(pool, queue.name, async (tx) => {
    const { rows } = await tx.query<KeyRow>(statement, [after ?? '', limit, countsUpTo]);
    const keys = rows.map(({ key }) => key);
    const limits = await tx.query<{ key: string; in_flight: number }>(limitsOfKeys, [queue.name, keys]);
    const pauses = await tx.query<PauseRow>(openPauses);
    return rows.map((row): KeyView => {
      const pause = pauses.rows.find(({ key, queue: of }) => of === queue.name && key === row.key);
      return {
        key: row.key,
        queued: row.queued,
        processing: row.processing,
        share: row.in_flight === 0 ? 0 : row.processing / row.in_flight,
        limit: limits.rows.find(({ key }) => key === row.key)?.in_flight ?? null,
        pause: pause === undefined ? null : pauseOf(pause),
      };
    });
  });
}
