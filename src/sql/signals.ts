import { quoteColumn } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';

/** The statements that find what rows of one queue ask for. */
export type SignalStatements = ReturnType<typeof signalStatements>;

export function signalStatements(queue: QueueDefinition) {
  const { table, c, s, owned } = namesOf(queue);
  const workflowId = queue.watched === undefined ? 'NULL' : 'workflow_id';
  return {
    /**
     * $1 how many at most. Clears `run_at` of delayed rows whose time has come. Returns how many they are, and in how many
     * milliseconds the next one is due.
     */
    release: `
      WITH due AS (
        UPDATE ${table}
           SET ${c.runAt} = NULL
         WHERE ${c.id} IN (
           SELECT ${c.id}
             FROM ${table}
            WHERE ${c.status} = ${s.waiting} AND ${c.runAt} <= clock_timestamp()
            ORDER BY ${c.runAt}
            LIMIT $1
              FOR UPDATE SKIP LOCKED)
        RETURNING 1
      )
      SELECT (SELECT count(*)::integer FROM due) AS due,
             (SELECT extract(epoch FROM ${c.runAt} - clock_timestamp()) * 1000
                FROM ${table}
               WHERE ${c.status} = ${s.waiting} AND ${c.runAt} > clock_timestamp() AND ${c.runAt} < 'infinity'
               ORDER BY ${c.runAt}
               LIMIT 1)::double precision AS next_due_ms`,

    /** $1 how many at most. Delayed rows whose time has come. */
    due: `
      SELECT ${c.id}::text AS id
        FROM ${table}
       WHERE ${c.status} = ${s.waiting} AND ${c.runAt} <= clock_timestamp()
       ORDER BY ${c.runAt}
       LIMIT $1`,

    /** $1 the id of one of them. Does not wait when somebody holds it. */
    releaseOne: `
      UPDATE ${table}
         SET ${c.runAt} = NULL
       WHERE ${c.id} IN (
         SELECT ${c.id}
           FROM ${table}
          WHERE ${c.id} = $1 AND ${c.status} = ${s.waiting} AND ${c.runAt} <= clock_timestamp()
            FOR UPDATE SKIP LOCKED)`,

    /** $1 how many at most, $2 runs that were asked a moment ago. Running and parked jobs that somebody wants to end. */
    cancelRequested: `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id, ${c.requestId}::text AS request_id,
             ${workflowId} AS workflow_id
        FROM ${table}
       WHERE ${c.status} IN (${owned}) AND ${c.cancelRequestedAt} IS NOT NULL
         AND ${c.runId} IS NOT NULL AND ${c.runId} <> ALL ($2::text[])
       ORDER BY ${table}.${c.id}
       LIMIT $1`,

    releaseAdopted: releaseAdopted(queue),
  };
}

/**
 * $1 how many at most. Sets rows of older workers whose lease has run out back to waiting, while nothing else waits. Returns how many
 * they are, and in how many milliseconds the next lease runs out. `undefined` for a queue that adopted no leases.
 */
function releaseAdopted(queue: QueueDefinition): string | undefined {
  if (queue.adopts === undefined) return undefined;
  const { table, c, s } = namesOf(queue);
  const lease = quoteColumn(queue.adopts.leaseColumn);
  const timeout = `${queue.adopts.timeoutMs} * interval '1 millisecond'`;
  return `
      WITH free AS (
        UPDATE ${table}
           SET ${c.status} = ${s.waiting}
         WHERE ${c.id} IN (
           SELECT ${c.id}
             FROM ${table}
            WHERE ${c.status} = ${s.inFlight} AND ${c.runId} IS NULL AND ${lease} <= clock_timestamp() - ${timeout}
              AND NOT EXISTS (SELECT FROM ${table} WHERE ${c.status} = ${s.waiting} AND ${c.runAt} IS NULL)
            ORDER BY ${lease}
            LIMIT $1
              FOR UPDATE SKIP LOCKED)
        RETURNING 1
      )
      SELECT (SELECT count(*)::integer FROM free) AS due,
             (SELECT extract(epoch FROM ${lease} + ${timeout} - clock_timestamp()) * 1000
                FROM ${table}
               WHERE ${c.status} = ${s.inFlight} AND ${c.runId} IS NULL AND ${lease} > clock_timestamp() - ${timeout}
               ORDER BY ${lease}
               LIMIT 1)::double precision AS next_due_ms`;
}
