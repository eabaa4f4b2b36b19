import {
  mapWords,
  type Pool,
  type PoolClient,
  quoteColumn,
  quoteLiteral,
  quoteName,
} from '../platform/database.ts';
import type { DatabaseTime } from '../platform/database-types.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { holdsQueueOrKey } from '../sql/pauses.ts';

/** No state is counted past this, so that a look costs the same whatever waits. */
const countsUpTo = 10_000;

export interface QueueCounts {
  waiting: number;
  delayed: number;
  processing: number;
  failed: number;
  canceled: number;
}

export interface PauseRow {
  scope: 'queue' | 'key' | 'system';
  queue: string | null;
  key: string | null;
  system: string | null;
  reason: string;
  paused_by: string;
  paused_at: DatabaseTime;
  automatic: boolean;
}

export interface LimitsRow {
  in_flight: number | null;
  in_flight_per_key: number | null;
  starts_per_second: number | null;
  fair: boolean | null;
}

/** Complete jobs are not counted: no index holds them alone. */
export async function countJobs(db: Pool, queue: QueueDefinition): Promise<QueueCounts> {
  const c = mapWords(queue.columns, quoteColumn);
  const s = mapWords(queue.states, quoteLiteral);
  const count = (where: string) =>
    `(SELECT count(*)::integer FROM (SELECT FROM ${quoteName(queue.table)} WHERE ${where} LIMIT ${countsUpTo}) AS counted)`;
  const { rows } = await db.query<QueueCounts>(`
    SELECT ${count(`${c.status} = ${s.waiting} AND ${c.runAt} IS NULL`)} AS waiting,
           ${count(`${c.status} = ${s.waiting} AND ${c.runAt} IS NOT NULL`)} AS delayed,
           ${count(`${c.status} = ${s.inFlight}`)} AS processing,
           ${count(`${c.status} = ${s.failed} AND ${c.failedAt} > '-infinity'`)} AS failed,
           ${count(`${c.status} = ${s.canceled} AND ${c.canceledAt} > '-infinity'`)} AS canceled`);
  const [counts] = rows;
  if (counts === undefined) throw new Error(`the count of queue "${queue.name}" answered nothing`);
  return counts;
}

const pauseColumns = 'scope, queue, key, system, reason, paused_by, paused_at, automatic';

/** The open pauses that hold the queue, or keys of it, oldest first. */
export async function openPauses(db: Pool, queue: QueueDefinition): Promise<PauseRow[]> {
  const { rows } = await db.query<PauseRow>(
    `SELECT ${pauseColumns} FROM switchyard.pauses WHERE ${holdsQueueOrKey(queue)} ORDER BY id LIMIT 1000`,
  );
  return rows;
}

export interface PauseTarget {
  scope: PauseRow['scope'];
  queue: string | null;
  key: string | null;
  system: string | null;
}

/** Pauses, and answers the pause that is open then: an earlier one by hand stays as it is. */
export async function pause(
  tx: PoolClient,
  target: PauseTarget,
  reason: string,
): Promise<PauseRow | undefined> {
  const names = [target.scope, target.queue, target.key, target.system];
  await tx.query('SELECT switchyard.pause($1, $2, $3, $4, $5)', [...names, reason]);
  const { rows } = await tx.query<PauseRow>(
    `SELECT ${pauseColumns} FROM switchyard.pauses
      WHERE resumed_at IS NULL AND scope = $1 AND queue IS NOT DISTINCT FROM $2 AND key IS NOT DISTINCT FROM $3
        AND system IS NOT DISTINCT FROM $4`,
    names,
  );
  return rows[0];
}

/** Answers whether it was paused. */
export async function resume(tx: PoolClient, { scope, queue, key, system }: PauseTarget): Promise<boolean> {
  const { rows } = await tx.query<{ resumed: boolean }>(
    'SELECT switchyard.resume($1, $2, $3, $4) AS resumed',
    [scope, queue, key, system],
  );
  return rows[0]?.resumed ?? false;
}

export async function findLimits(db: Pool, queue: string): Promise<LimitsRow | undefined> {
  const { rows } = await db.query<LimitsRow>(
    'SELECT in_flight, in_flight_per_key, starts_per_second, fair FROM switchyard.limits WHERE queue = $1',
    [queue],
  );
  return rows[0];
}

export async function setLimits(tx: PoolClient, queue: string, limits: LimitsRow): Promise<void> {
  await tx.query(
    `INSERT INTO switchyard.limits (queue, in_flight, in_flight_per_key, starts_per_second, fair)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (queue) DO UPDATE
        SET in_flight = excluded.in_flight, in_flight_per_key = excluded.in_flight_per_key,
            starts_per_second = excluded.starts_per_second, fair = excluded.fair,
            updated_by = switchyard.actor(), updated_at = clock_timestamp()`,
    [queue, limits.in_flight, limits.in_flight_per_key, limits.starts_per_second, limits.fair],
  );
}
