import type { Pool } from '../../platform/database.ts';
import type { DatabaseTime } from '../../platform/database-types.ts';
import type { IdRange } from './position.ts';

/** A row of `job_events` (`to_status` is not NULL), or of `queue_changes` (`what` is not NULL). */
export interface LiveRow {
  id: string;
  at: DatabaseTime;
  queue: string | null;
  job_id: string | null;
  attempt: number | null;
  from_status: string | null;
  to_status: string | null;
  run_id: string | null;
  actor: string;
  code: string | null;
  detail: string | null;
  what: string | null;
}

/** `undefined`: any. */
export interface EventFilter {
  queue?: string | undefined;
  job?: string | undefined;
}

/** $1 and $2 first and last id of ranges, in order; $3 the most rows, $4 queue, $5 job. The first rows by id. */
const selectEvents = 'SELECT * FROM switchyard.events_in($1, $2, $3, $4, $5)';

/** Largest bigint: a range without an end. */
const noEnd = '9223372036854775807';

/** The first rows of these ranges that a new snapshot sees, in the order of their ids. */
export async function readEvents(
  db: Pool,
  ranges: readonly IdRange[],
  atMost: number,
  { queue, job }: EventFilter = {},
): Promise<LiveRow[]> {
  if (ranges.length === 0) return [];
  const firsts = ranges.map(({ first }) => String(first));
  const lasts = ranges.map(({ last }) => (Number.isFinite(last) ? String(last) : noEnd));
  const { rows } = await db.query<LiveRow>(selectEvents, [firsts, lasts, atMost, queue ?? null, job ?? null]);
  return rows;
}

/** $1 how many ids before the largest are looked at. The largest id, and the gaps among these. */
const selectEnd = `
  WITH high AS (
    SELECT greatest((SELECT max(id) FROM switchyard.job_events), (SELECT max(id) FROM switchyard.queue_changes), 0) AS id
  ), present AS (
    SELECT event.id FROM high, switchyard.job_events AS event WHERE event.id > high.id - $1
    UNION ALL
    SELECT change.id FROM high, switchyard.queue_changes AS change WHERE change.id > high.id - $1
  ), step AS (
    SELECT id, lag(id, 1, greatest(0, (SELECT id FROM high) - $1)) OVER (ORDER BY id) AS previous FROM present
  )
  SELECT high.id::text AS high, step.previous + 1 AS first, step.id - 1 AS last
    FROM high LEFT JOIN step ON step.id > step.previous + 1
   ORDER BY first`;

/** The newest events, and which ids before them are missing. */
export async function readEnd(db: Pool, window: number): Promise<{ high: number; gaps: IdRange[] }> {
  const { rows } = await db.query<{ high: string; first: string | null; last: string }>(selectEnd, [window]);
  const gaps = rows.flatMap(({ first, last }) =>
    first === null ? [] : [{ first: Number(first), last: Number(last) }],
  );
  return { high: Number(rows[0]?.high ?? 0), gaps };
}

/**
 * `next`: every transaction that has an id now has a smaller one. `oldest`: every transaction with a smaller id has ended. It uses up one
 * transaction id and writes nothing.
 */
export async function readTransactions(db: Pool): Promise<{ next: bigint; oldest: bigint }> {
  const { rows } = await db.query<{ next: string; oldest: string }>(
    'SELECT pg_current_xact_id()::text AS next, pg_snapshot_xmin(pg_current_snapshot())::text AS oldest',
  );
  return { next: BigInt(rows[0]?.next ?? 0), oldest: BigInt(rows[0]?.oldest ?? 0) };
}
