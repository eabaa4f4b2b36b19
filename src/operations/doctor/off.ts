import { type Pool, quoteColumn, quoteLiteral } from '../../platform/database.ts';
import { servedQueues } from '../../sql/status.ts';
import type { Served } from '../around-queues.ts';
import type { InspectedQueue } from './queues.ts';

/** What starters say of the queues that they serve, by queue. */
export async function readServed(pool: Pool): Promise<Map<string, Served>> {
  const { rows } = await pool.query<Served>(servedQueues);
  return new Map(rows.map((row) => [row.queue, row]));
}

/** Whether no starter claims its jobs, as far as can be seen: without the doorbell that of a fenced queue cannot. */
export function isUnserved(
  { name, kind, attributes }: InspectedQueue,
  served: ReadonlyMap<string, Served>,
  doorbell: boolean,
): boolean {
  if (attributes.size === 0) return false; // a finding of its own
  const row = served.get(name);
  if (row === undefined) return kind === 'watched' || doorbell;
  return !row.watched && !row.rings && doorbell;
}

/** Whether it has jobs that wait or are in flight; each is looked for along its own index. */
async function hasWork(pool: Pool, { table, columns, states }: InspectedQueue): Promise<boolean> {
  const [status, runAt] = [quoteColumn(columns.status), quoteColumn(columns.runAt)];
  const waiting = `${status} = ${quoteLiteral(states.waiting)}`;
  const { rows } = await pool.query<{ work: boolean }>(`
    SELECT EXISTS (SELECT FROM ${table} WHERE ${waiting} AND ${runAt} IS NULL)
        OR EXISTS (SELECT FROM ${table} WHERE ${waiting} AND ${runAt} IS NOT NULL)
        OR EXISTS (SELECT FROM ${table} WHERE ${status} = ${quoteLiteral(states.inFlight)}) AS work`);
  return rows[0]?.work ?? false;
}

/** The queues of an application that are switched off: no starter serves them, and they have no work. */
export async function queuesOff(
  pool: Pool,
  queues: readonly InspectedQueue[],
  doorbell: boolean,
): Promise<Set<string>> {
  const served = await readServed(pool);
  const unserved = queues.filter((queue) => queue.kind === 'fenced' && isUnserved(queue, served, doorbell));
  const off = await Promise.all(
    unserved.map(async (queue) => ((await hasWork(pool, queue)) ? [] : [queue.name])),
  );
  return new Set(off.flat());
}
