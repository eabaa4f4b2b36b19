import { exactTime, mapWords, quoteColumn, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';

/** The statements by which the reconciler reads the rows of one queue, and what retention removes. */
export type ReconcileStatements = ReturnType<typeof reconcileStatements>;

export function reconcileStatements(queue: QueueDefinition) {
  const { table, c, s, owned } = namesOf(queue);
  /** In a table that was adopted, a row without a run belongs to an older worker, by its lease, and is left alone. */
  const isOurs = queue.adopts
    ? `${c.status} IN (${owned}) AND ${c.runId} IS NOT NULL`
    : `${c.status} IN (${owned})`;
  const ended = [s.complete, s.failed, s.canceled].join(', ');
  /** Whoever ends a row by hand may leave its time out, and so may an older system: then the time of its start counts. */
  const endedAt = `coalesce(greatest(${c.completedAt}, ${c.failedAt}, ${c.canceledAt}), ${c.startedAt})`;
  const notNeeded = notNeededElsewhere(queue);

  return {
    /**
     * Rows in flight or parked. $1 and $2 the start and id of the last row of the page before (`-infinity` and NULL at first), $3 rows
     * a page. The order names the columns with their table, as a bare `id` would mean that of the answer, which is a text.
     */
    owned: `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id, ${exactTime(c.startedAt)} AS started_at
        FROM ${table}
       WHERE ${isOurs}
         AND (${c.startedAt}, ${c.id}) > ($1::timestamptz, $2::${queue.idType})
       ORDER BY ${table}.${c.startedAt}, ${table}.${c.id}
       LIMIT $3`,

    /** $1 ids, $2 for how many milliseconds a row must have been ended to count as such. */
    rows: `
      SELECT ${c.id}::text AS id, ${c.status}::text AS status, ${c.runId} AS run_id,
             ${c.status} IN (${ended}) AND ${endedAt} < clock_timestamp() - $2 * interval '1 millisecond' AS ended
        FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[])`,

    /** The same, locked; without the rows that somebody else holds. */
    lockRows: `
      SELECT ${c.id}::text AS id, ${c.status}::text AS status, ${c.runId} AS run_id,
             ${c.status} IN (${ended}) AND ${endedAt} < clock_timestamp() - $2 * interval '1 millisecond' AS ended
        FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[])
         FOR UPDATE SKIP LOCKED`,

    /** $1 queue, $2 id, $3 the run, $4 why. The row itself, if there is one, does not change. */
    note: 'SELECT switchyard.note_repair($1, $2, $3, $4)',

    /** $1 ids. Which of them have a row. */
    known: `
      SELECT ${c.id}::text AS id
        FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[])`,

    /** Whether there are rows at all: without any, this may be another database than the one the files belong to. */
    anyRow: `
      SELECT EXISTS (SELECT FROM ${table}) AS found`,

    /**
     * $1 the last id of the page before (NULL at first), $2 milliseconds that ended rows are kept, $3 rows a page.
     * Walks by the primary key, so that no page takes long however old its rows are.
     */
    expired: `
      SELECT id, expired
        FROM (SELECT ${c.id} AS place, ${c.id}::text AS id,
                     ${c.status} IN (${ended}) AND ${endedAt} < clock_timestamp() - $2 * interval '1 millisecond'${notNeeded} AS expired
                FROM ${table}
               WHERE $1::${queue.idType} IS NULL OR ${c.id} > $1::${queue.idType}
               ORDER BY ${table}.${c.id}
               LIMIT $3) AS page
       ORDER BY place`,

    /** $1 ids, $2 as above. Locks those that are still there, still ended, and held by nobody. */
    lockExpired: `
      SELECT ${c.id}::text AS id
        FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[])
         AND ${c.status} IN (${ended}) AND ${endedAt} < clock_timestamp() - $2 * interval '1 millisecond'${notNeeded}
         FOR UPDATE SKIP LOCKED`,

    /** $1 ids, locked before, $2 as above: what came to need a row until it was locked is seen now. */
    remove: `
      DELETE FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[])
         AND ${c.status} IN (${ended}) AND ${endedAt} < clock_timestamp() - $2 * interval '1 millisecond'${notNeeded}
      RETURNING ${c.id}::text AS id`,

    newest: newest(queue),
  };
}

/**
 * One more condition of the rows that retention removes, if the queue keeps rows that another table names. OFFSET 0 keeps Postgres from
 * reading the whole other table for one page: it cannot know how few rows a page has.
 */
function notNeededElsewhere({ table, columns, keeps }: QueueDefinition): string {
  if (keeps?.namedIn === undefined) return '';
  const id = `${quoteName(table)}.${quoteColumn(columns.id)}`;
  const column = quoteColumn(keeps.namedIn.column);
  const other = quoteName(keeps.namedIn.table);
  return `
         AND NOT EXISTS (SELECT FROM ${other} AS other WHERE other.${column} = ${id} OFFSET 0)`;
}

/** The ids of the rows that retention leaves because they are the newest of their kind. `undefined`: it leaves none for that. */
function newest(queue: QueueDefinition): string | undefined {
  if (queue.keeps?.newest === undefined) return undefined;
  const { table, c, s } = namesOf(queue);
  const { per, of } = mapWords({ per: queue.keeps.newest.per, of: queue.keeps.newest.of }, quoteColumn);
  const count = Number(queue.keeps.newest.count);
  return `
      SELECT id
        FROM (SELECT id, row_number() OVER (PARTITION BY per ORDER BY at DESC, place DESC) AS place_of_value
                FROM (SELECT DISTINCT ON (${per}, ${of})
                             ${c.id}::text AS id, ${c.id} AS place, ${per} AS per, ${c.completedAt} AS at
                        FROM ${table}
                       WHERE ${c.status} = ${s.complete} AND ${of} IS NOT NULL
                       ORDER BY ${per}, ${of}, ${c.completedAt} DESC, place DESC) AS last_of_value) AS ranked
       WHERE place_of_value <= ${count}`;
}
