import { mapWords, quoteColumn, quoteLiteral, quoteLiterals, quoteName } from '../platform/database.ts';
import { ownedStates, type QueueDefinition } from '../queues/definition.ts';

/** Every statement that moves a job of one queue. Identifiers and state words are quoted; values are parameters. */
export type JobStatements = ReturnType<typeof jobStatements>;

/** The largest `integer` of Postgres, and the largest `smallint`. */
const mostAttempts = { integer: 2_147_483_647, smallint: 32_767 };

/** A job's count of attempts as an integer, whatever type the column has; NULL, as an adopted table may have it, is none. */
export const attemptOf = (column: string): string =>
  `least(coalesce(${column}, 0), ${mostAttempts.integer})::integer`;

/** The count that an attempt more makes. One that somebody set to the limit stays there. */
const oneMore = (column: string): string =>
  `least(coalesce(${column}, 0)::bigint, CASE pg_typeof(${column})::text
               WHEN 'smallint' THEN ${mostAttempts.smallint} ELSE ${mostAttempts.integer} END - 1) + 1`;

export function jobStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteColumn);
  const s = mapWords(queue.states, quoteLiteral);
  const results = queue.resultColumns.map((name, i) => `${quoteColumn(name)} = $${i + 3}`).join(', ');
  const own = `${c.id} = $1 AND ${c.runId} = $2`;
  const mine = `${own} AND ${c.status} = ${s.inFlight}`;
  const owned = quoteLiterals(ownedStates(queue));
  const mineOrParked = `${own} AND ${c.status} IN (${owned})`;
  /** A table may have one column for several of these. */
  const endings = new Set([c.canceledAt, c.failedAt, c.errorCode, c.errorMessage]);
  const noLease = `${c.startedBy} = NULL, ${c.deadline} = NULL`;

  return {
    /**
     * $1 ids, $2 their run ids, $3 who starts them, $4 milliseconds to their deadline. A count of attempts does not overflow: that
     * would undo the claims of all others in the batch.
     */
    markStarted: `
      UPDATE ${table} AS job
         SET ${c.status} = ${s.inFlight}, ${c.runId} = started.run_id,
             ${c.attempt} = ${oneMore(`job.${c.attempt}`)},
             ${c.startedBy} = $3, ${c.startedAt} = clock_timestamp(),
             ${c.deadline} = clock_timestamp() + $4 * interval '1 millisecond'
        FROM unnest($1::text[], $2::text[]) AS started (id, run_id)
       WHERE job.${c.id} = started.id::${queue.idType}
      RETURNING ${attemptOf(`job.${c.attempt}`)} AS attempt, job.${c.id}::text AS id`,

    /**
     * $1 ids, $2 their run ids. What became of rows that were to be marked: an application's triggers and rules may leave them as
     * they were, or move them elsewhere.
     */
    lookAtMarked: `
      SELECT job.${c.id}::text AS id, ${attemptOf(`job.${c.attempt}`)} AS attempt,
             CASE WHEN job.${c.status} = ${s.inFlight} AND job.${c.runId}::text = started.run_id THEN 'marked'
                  WHEN job.${c.status} NOT IN (${s.waiting}, ${s.inFlight}) THEN 'moved'
                  ELSE 'refused' END AS became
        FROM unnest($1::text[], $2::text[]) AS started (id, run_id)
        JOIN ${table} AS job ON job.${c.id} = started.id::${queue.idType}`,

    /** $1 ids. All that these rows hold, to keep it out of what is told of them. */
    values: `
      SELECT ${c.id}::text AS id, to_jsonb(job) AS row FROM ${table} AS job WHERE ${c.id} = ANY ($1::${queue.idType}[])`,

    /** $1 ids, $2 their attempts, $3 why they were not started, $4 whether only where that is not known yet. */
    noteRefused: `
      SELECT switchyard.note_refused_start(${quoteLiteral(queue.name)}, id, attempt, reason)
        FROM unnest($1::text[], $2::integer[], $3::text[]) AS refused (id, attempt, reason)
       WHERE NOT $4 OR NOT EXISTS (
         SELECT FROM switchyard.job_events AS event
          WHERE event.queue = ${quoteLiteral(queue.name)} AND event.job_id = refused.id AND event.attempt = refused.attempt
            AND event.code = 'START_REFUSED')`,

    /**
     * $1 id. Waits for whoever holds the row, its claimer above all, and then sees the truth; `job_locked_at` is the time when it
     * had the lock, in microseconds.
     */
    lock: `
      SELECT *, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS job_locked_at
        FROM (SELECT *, ${c.status}::text AS job_status, ${c.runId} AS job_run_id, ${attemptOf(c.attempt)} AS job_attempt
                FROM ${table} WHERE ${c.id} = $1 FOR UPDATE) AS locked`,

    /**
     * $1 id, $2 the run, $3 who works for it, $4 milliseconds to its deadline. A reset takes the row of the run that it
     * was reset from, ended or not, and fences that run off; the attempt stays what it was. To cancel what has not ended
     * yet is still asked for.
     */
    takeByReset: `
      UPDATE ${table}
         SET ${c.status} = ${s.inFlight}, ${c.runId} = $2, ${c.startedBy} = $3, ${c.startedAt} = clock_timestamp(),
             ${c.deadline} = clock_timestamp() + $4 * interval '1 millisecond',
             ${c.cancelRequestedAt} = CASE WHEN ${c.status} IN (${owned}) THEN ${c.cancelRequestedAt} END,
             ${[...endings].map((column) => `${column} = NULL`).join(', ')}
       WHERE ${c.id} = $1`,

    /** $1 the queue, $2 id, $3 run ids. Those that the job's history names; the reconciler's notes name runs that owned nothing. */
    runsKnown: `
      SELECT run_id, bool_or(code IS DISTINCT FROM 'RECONCILED' OR from_status IS DISTINCT FROM to_status) AS owned
        FROM switchyard.job_events WHERE queue = $1 AND job_id = $2 AND run_id = ANY ($3::text[])
       GROUP BY run_id`,

    /**
     * $1 id, $2 the run whose work begins. Never to an earlier time: the count of what is in flight and the pages of the
     * reconciler go by it, and a row that moves forward is met again, not missed.
     */
    beginWork: `
      UPDATE ${table} SET ${c.startedAt} = greatest(${c.startedAt}, clock_timestamp()) WHERE ${mine}`,

    /** $1 id, $2 the run that writes, $3… the values of these columns. Fenced like `complete`; the job goes on. */
    update: (columns: readonly string[]) => `
      UPDATE ${table} SET ${columns.map((name, i) => `${quoteColumn(name)} = $${i + 3}`).join(', ')} WHERE ${mine}`,

    /** $1 id, $2 the run that writes, $3… the result columns. Fenced: no row when the job is not its own. */
    complete: `
      UPDATE ${table}
         SET ${c.status} = ${s.complete}, ${c.completedAt} = clock_timestamp(),
             ${noLease}, ${c.errorCode} = NULL, ${c.errorMessage} = NULL${results && `, ${results}`}
       WHERE ${mine}`,

    /** $1 id, $2 the run that writes, $3 error code, $4 error message. Fenced like `complete`; a parked row is its run's too. */
    fail: `
      UPDATE ${table}
         SET ${c.status} = ${s.failed}, ${c.failedAt} = clock_timestamp(),
             ${noLease}, ${c.errorCode} = $3, ${c.errorMessage} = $4
       WHERE ${mineOrParked}`,

    /** $1 id, $2 the run that writes. Fenced like `fail`. */
    cancel: `
      UPDATE ${table} SET ${c.status} = ${s.canceled}, ${c.canceledAt} = clock_timestamp(), ${noLease} WHERE ${mineOrParked}`,

    /** $1 id, $2 the run whose job it is. Fenced like `fail`: the row waits again, and starts as a new attempt. */
    requeue: `UPDATE ${table} SET ${c.status} = ${s.waiting}, ${noLease} WHERE ${mineOrParked}`,

    /** All that a run of ours owns wait again: in a copy, whose runs are the other database's. */
    requeueAll: `
      UPDATE ${table} SET ${c.status} = ${s.waiting}, ${noLease} WHERE ${c.status} IN (${owned}) AND ${c.runId} IS NOT NULL`,
  };
}
