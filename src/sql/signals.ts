import { mapWords, quoteColumn, quoteLiteral, quoteLiterals, quoteName } from '../platform/database.ts';
import { ownedStates, type QueueDefinition } from '../queues/definition.ts';

/** The statements that find what rows of one queue ask for. */
export type SignalStatements = ReturnType<typeof signalStatements>;

export function signalStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteColumn);
  const s = mapWords(queue.states, quoteLiteral);
  const waits = `${c.status} = ${s.waiting} AND ${c.runAt} IS NULL`;
  return {
    /** $1 how many at most. Lets delayed rows go whose time has come; answers how many, and when the next one is due. */
    release: `
      WITH due AS (
        UPDATE ${table} SET ${c.runAt} = NULL
         WHERE ${c.id} IN (
           SELECT ${c.id} FROM ${table}
            WHERE ${c.status} = ${s.waiting} AND ${c.runAt} <= clock_timestamp()
            ORDER BY ${c.runAt} LIMIT $1 FOR UPDATE SKIP LOCKED)
        RETURNING 1
      )
      SELECT (SELECT count(*)::integer FROM due) AS due,
             (SELECT extract(epoch FROM ${c.runAt} - clock_timestamp()) * 1000
                FROM ${table}
               WHERE ${c.status} = ${s.waiting} AND ${c.runAt} > clock_timestamp() AND ${c.runAt} < 'infinity'
               ORDER BY ${c.runAt} LIMIT 1)::double precision AS next_due_ms`,

    /** $1 how many at most. Delayed rows whose time has come. */
    due: `
      SELECT ${c.id}::text AS id FROM ${table}
       WHERE ${c.status} = ${s.waiting} AND ${c.runAt} <= clock_timestamp() ORDER BY ${c.runAt} LIMIT $1`,

    /** $1 the id of one of them. Not waited for where somebody holds it. */
    releaseOne: `
      UPDATE ${table} SET ${c.runAt} = NULL
       WHERE ${c.id} IN (
         SELECT ${c.id} FROM ${table}
          WHERE ${c.id} = $1 AND ${c.status} = ${s.waiting} AND ${c.runAt} <= clock_timestamp()
            FOR UPDATE SKIP LOCKED)`,

    /** $1 how many at most, $2 runs that were asked a moment ago. Running and parked jobs that somebody wants to end. */
    cancelRequested: `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id, ${c.requestId}::text AS request_id
        FROM ${table}
       WHERE ${c.status} IN (${quoteLiterals(ownedStates(queue))}) AND ${c.cancelRequestedAt} IS NOT NULL
         AND ${c.runId} IS NOT NULL AND ${c.runId} <> ALL ($2::text[])
       ORDER BY ${table}.${c.id} LIMIT $1`,

    /**
     * $1 how many at most. Rows of older workers whose lease has run out wait again, while nothing else waits. Answers how
     * many, and when the next lease runs out. `undefined` for a queue that adopted none.
     */
    releaseAdopted:
      queue.adopts &&
      releaseAdopted(queue.adopts, { table, c, waiting: s.waiting, inFlight: s.inFlight, waits }),
  };
}

function releaseAdopted(
  { leaseColumn, timeoutMs }: NonNullable<QueueDefinition['adopts']>,
  words: { table: string; c: Record<'id' | 'status' | 'runId', string> } & Record<
    'waiting' | 'inFlight' | 'waits',
    string
  >,
): string {
  const { table, c } = words;
  const lease = quoteColumn(leaseColumn);
  const leased = `${c.status} = ${words.inFlight} AND ${c.runId} IS NULL`;
  const timeout = `${timeoutMs} * interval '1 millisecond'`;
  return `
      WITH free AS (
        UPDATE ${table} SET ${c.status} = ${words.waiting}
         WHERE ${c.id} IN (
           SELECT ${c.id} FROM ${table}
            WHERE ${leased} AND ${lease} <= clock_timestamp() - ${timeout}
              AND NOT EXISTS (SELECT FROM ${table} WHERE ${words.waits})
            ORDER BY ${lease} LIMIT $1 FOR UPDATE SKIP LOCKED)
        RETURNING 1
      )
      SELECT (SELECT count(*)::integer FROM free) AS due,
             (SELECT extract(epoch FROM ${lease} + ${timeout} - clock_timestamp()) * 1000
                FROM ${table}
               WHERE ${leased} AND ${lease} > clock_timestamp() - ${timeout}
               ORDER BY ${lease} LIMIT 1)::double precision AS next_due_ms`;
}
