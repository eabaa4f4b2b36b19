import {
  exactTime,
  mapWords,
  quoteColumn,
  quoteLiteral,
  quoteLiterals,
  quoteName,
} from '../platform/database.ts';
import { ownedStates, type QueueDefinition } from '../queues/definition.ts';

/** The statements by which the reconciler reads the rows of one queue, and what retention removes. */
export type ReconcileStatements = ReturnType<typeof reconcileStatements>;

export function reconcileStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteColumn);
  // Named with its table: ORDER BY of a bare name means the column of the answer first, which is a text.
  const inTable = mapWords(queue.columns, (name) => `${table}.${quoteColumn(name)}`);
  const s = mapWords(queue.states, quoteLiteral);
  const owned = quoteLiterals(ownedStates(queue));
  const ended = `${c.status} IN (${s.complete}, ${s.failed}, ${s.canceled})`;
  // Who ends a row by hand may leave its time out, and so may an older system.
  const endedAt = `coalesce(greatest(${c.completedAt}, ${c.failedAt}, ${c.canceledAt}), ${c.startedAt})`;
  const old = `${ended} AND ${endedAt} < clock_timestamp() - $2 * interval '1 millisecond'`;
  const expired = [old, ...neededElsewhere(queue).map((needed) => `NOT ${needed}`)].join(' AND ');

  const rows = (locked: string) => `
      SELECT ${c.id}::text AS id, ${c.status}::text AS status, ${c.runId} AS run_id, ${old} AS ended
        FROM ${table} WHERE ${c.id} = ANY ($1::${queue.idType}[])${locked}`;

  return {
    /**
     * Rows in flight or parked. $1 and $2 the start and id of the last row of the page before (`-infinity` and NULL at first),
     * $3 rows a page. In a table that was adopted, a row without a run is an older worker's, by its lease, and none of ours.
     */
    owned: `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id, ${exactTime(c.startedAt)} AS started_at
        FROM ${table}
       WHERE ${c.status} IN (${owned})${queue.adopts ? ` AND ${c.runId} IS NOT NULL` : ''}
         AND (${c.startedAt}, ${c.id}) > ($1::timestamptz, $2::${queue.idType})
       ORDER BY ${inTable.startedAt}, ${inTable.id} LIMIT $3`,

    /** $1 ids, $2 for how many milliseconds a row must have been ended to count as such. */
    rows: rows(''),

    /** The same, locked; without the rows that somebody else holds. */
    lockRows: rows(' FOR UPDATE SKIP LOCKED'),

    /** $1 queue, $2 id, $3 the run, $4 why. The row itself, if there is one, does not change. */
    note: 'SELECT switchyard.note_repair($1, $2, $3, $4)',

    /** $1 ids. Which of them have a row. */
    known: `SELECT ${c.id}::text AS id FROM ${table} WHERE ${c.id} = ANY ($1::${queue.idType}[])`,

    /** Whether there are rows at all: without any, this may be another database than the one the files belong to. */
    anyRow: `SELECT EXISTS (SELECT FROM ${table}) AS found`,

    /**
     * $1 the last id of the page before (NULL at first), $2 milliseconds that ended rows are kept, $3 rows a page.
     * Walks by the primary key, so that no page takes long whatever the age of its rows.
     */
    expired: `
      SELECT id, expired FROM (
        SELECT ${c.id} AS place, ${c.id}::text AS id, ${expired} AS expired
          FROM ${table} WHERE $1::${queue.idType} IS NULL OR ${c.id} > $1::${queue.idType}
         ORDER BY ${inTable.id} LIMIT $3) AS page
       ORDER BY place`,

    /** $1 ids, $2 as above. Locks those that are still there, still ended, and held by nobody. */
    lockExpired: `
      SELECT ${c.id}::text AS id FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[]) AND ${expired}
         FOR UPDATE SKIP LOCKED`,

    /** $1 ids, locked before, $2 as above: what came to need a row until it was locked is seen now. */
    remove: `
      DELETE FROM ${table} WHERE ${c.id} = ANY ($1::${queue.idType}[]) AND ${expired} RETURNING ${c.id}::text AS id`,

    /** The ids that retention leaves. */
    newest: newest(queue),
  };
}

/** OFFSET 0 keeps Postgres from reading the whole other table for one page: it cannot know how few rows a page has. */
function neededElsewhere({ table, columns, keeps }: QueueDefinition): string[] {
  if (keeps?.namedIn === undefined) return [];
  const id = `${quoteName(table)}.${quoteColumn(columns.id)}`;
  const column = quoteColumn(keeps.namedIn.column);
  const other = quoteName(keeps.namedIn.table);
  return [`EXISTS (SELECT FROM ${other} AS other WHERE other.${column} = ${id} OFFSET 0)`];
}

function newest({ table, columns, states, keeps }: QueueDefinition): string | undefined {
  if (keeps?.newest === undefined) return undefined;
  const { per, of } = mapWords({ per: keeps.newest.per, of: keeps.newest.of }, quoteColumn);
  const { id, status, completedAt } = mapWords(columns, quoteColumn);
  return `
    SELECT id FROM (
      SELECT id, row_number() OVER (PARTITION BY per ORDER BY at DESC, place DESC) AS place_of_value
        FROM (SELECT DISTINCT ON (${per}, ${of}) ${id}::text AS id, ${id} AS place, ${per} AS per, ${completedAt} AS at
                FROM ${quoteName(table)}
               WHERE ${status} = ${quoteLiteral(states.complete)} AND ${of} IS NOT NULL
               ORDER BY ${per}, ${of}, ${completedAt} DESC, place DESC) AS last_of_value
    ) AS ranked
     WHERE place_of_value <= ${Number(keeps.newest.count)}`;
}
