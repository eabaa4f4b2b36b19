import { quoteColumn } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { attemptOf, maxAttempts, namesOf } from './names.ts';

/**
 * The statements that move a job of one queue. A write of a run is fenced: its WHERE names the run, and changes nothing when the row
 * is no longer that run's.
 */
export type JobStatements = ReturnType<typeof jobStatements>;

export function jobStatements(queue: QueueDefinition) {
  const { table, name, c, s, owned } = namesOf(queue);
  /** A table may have one column for several of these. */
  const ends = [...new Set([c.canceledAt, c.failedAt, c.errorCode, c.errorMessage])];
  const noEnd = ends.map((column) => `${column} = NULL`).join(', ');
  const results = queue.resultColumns.map((column, i) => `, ${quoteColumn(column)} = $${i + 3}`).join('');

  return {
    /**
     * $1 ids, $2 their run ids, $3 who starts them, $4 milliseconds to their deadline. The count of attempts stays at the largest
     * number that its type holds: to overflow would undo the claims of all others in the batch.
     */
    markStarted: `
      UPDATE ${table} AS job
         SET ${c.status} = ${s.inFlight}, ${c.runId} = started.run_id,
             ${c.attempt} = least(coalesce(job.${c.attempt}, 0)::bigint,
                                  CASE pg_typeof(job.${c.attempt})::text
                                       WHEN 'smallint' THEN ${maxAttempts.smallint} ELSE ${maxAttempts.integer} END - 1) + 1,
             ${c.startedBy} = $3, ${c.startedAt} = clock_timestamp(),
             ${c.deadline} = clock_timestamp() + $4 * interval '1 millisecond'
        FROM unnest($1::text[], $2::text[]) AS started (id, run_id)
       WHERE job.${c.id} = started.id::${queue.idType}
      RETURNING ${attemptOf(`job.${c.attempt}`)} AS attempt, job.${c.id}::text AS id`,

    /**
     * $1 ids, $2 their run ids. Whether these rows were marked: an application's triggers and rules may leave them as they were, or
     * move them elsewhere. And whether signals wait for them.
     */
    readMarked: `
      SELECT job.${c.id}::text AS id, ${attemptOf(`job.${c.attempt}`)} AS attempt,
             CASE WHEN job.${c.status} = ${s.inFlight} AND job.${c.runId}::text = started.run_id THEN 'marked'
                  WHEN job.${c.status} NOT IN (${s.waiting}, ${s.inFlight}) THEN 'moved'
                  ELSE 'refused' END AS kind,
             EXISTS (SELECT FROM switchyard.signals AS signal
                      WHERE signal.queue = ${name} AND signal.status = 'waiting' AND signal.job_id = job.${c.id}::text) AS signaled
        FROM unnest($1::text[], $2::text[]) AS started (id, run_id)
        JOIN ${table} AS job ON job.${c.id} = started.id::${queue.idType}`,

    /** $1 ids. All values of these rows, which must not stand in the reasons that are noted and logged. */
    values: `
      SELECT ${c.id}::text AS id, to_jsonb(job) AS row
        FROM ${table} AS job
       WHERE ${c.id} = ANY ($1::${queue.idType}[])`,

    /** $1 ids, $2 their attempts, $3 why they were not started, $4 the codes of that, $5 whether to note only the first refusal of an attempt. */
    noteRefused: `
      SELECT switchyard.note_refused_start(${name}, id, attempt, reason, code)
        FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[]) AS refused (id, attempt, reason, code)
       WHERE NOT $5 OR NOT EXISTS (
         SELECT FROM switchyard.job_events AS event
          WHERE event.queue = ${name} AND event.job_id = refused.id AND event.attempt = refused.attempt
            AND event.code IN ('START_REFUSED', 'ID_TAKEN'))`,

    /** $1 id. Waits for whoever holds the row, above all for its claimer, and returns it as it is then. */
    lock: `
      SELECT *, ${c.status}::text AS job_status, ${c.runId} AS job_run_id, ${attemptOf(c.attempt)} AS job_attempt
        FROM ${table}
       WHERE ${c.id} = $1
         FOR UPDATE`,

    /**
     * $1 id, $2 the run, $3 who works for it, $4 milliseconds to its deadline. A reset takes the row from the run that it was reset
     * from, whether that has ended or not, and so fences that run off. The attempt stays the same. A cancel that was requested of a
     * job that has not ended stays requested.
     */
    takeByReset: `
      UPDATE ${table}
         SET ${c.status} = ${s.inFlight}, ${c.runId} = $2, ${c.startedBy} = $3, ${c.startedAt} = clock_timestamp(),
             ${c.deadline} = clock_timestamp() + $4 * interval '1 millisecond',
             ${c.cancelRequestedAt} = CASE WHEN ${c.status} IN (${owned}) THEN ${c.cancelRequestedAt} END,
             ${noEnd}
       WHERE ${c.id} = $1`,

    /**
     * $1 the queue, $2 id, $3 run ids. Those that the job's history names, and whether they owned the job: the reconciler's notes
     * name runs that did not.
     */
    runsKnown: `
      SELECT run_id, bool_or(code IS DISTINCT FROM 'RECONCILED' OR from_status IS DISTINCT FROM to_status) AS owned
        FROM switchyard.job_events
       WHERE queue = $1 AND job_id = $2 AND run_id = ANY ($3::text[])
       GROUP BY run_id`,

    /**
     * $1 id, $2 the run whose work begins. Fenced. Never to an earlier time: the count of jobs in flight and the pages of the
     * reconciler go by it, and a row that moves forward is met again, not missed.
     */
    beginWork: `
      UPDATE ${table}
         SET ${c.startedAt} = greatest(${c.startedAt}, clock_timestamp())
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} = ${s.inFlight}`,

    /** $1 id, $2 the run that writes, $3… the values of these columns. Fenced; the job goes on. */
    update: (columns: readonly string[]) => `
      UPDATE ${table}
         SET ${columns.map((column, i) => `${quoteColumn(column)} = $${i + 3}`).join(', ')}
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} = ${s.inFlight}`,

    /** $1 id, $2 the run that writes, $3… the result columns. Fenced. */
    complete: `
      UPDATE ${table}
         SET ${c.status} = ${s.complete}, ${c.completedAt} = clock_timestamp(), ${c.startedBy} = NULL, ${c.deadline} = NULL,
             ${c.errorCode} = NULL, ${c.errorMessage} = NULL${results}
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} = ${s.inFlight}`,

    /** $1 id, $2 the run that writes, $3 error code, $4 error message. Fenced; a parked row is its run's too. */
    fail: `
      UPDATE ${table}
         SET ${c.status} = ${s.failed}, ${c.failedAt} = clock_timestamp(), ${c.startedBy} = NULL, ${c.deadline} = NULL,
             ${c.errorCode} = $3, ${c.errorMessage} = $4
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} IN (${owned})`,

    /** $1 id, $2 the run that writes. Fenced like `fail`. */
    cancel: `
      UPDATE ${table}
         SET ${c.status} = ${s.canceled}, ${c.canceledAt} = clock_timestamp(), ${c.startedBy} = NULL, ${c.deadline} = NULL
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} IN (${owned})`,

    /** $1 id, $2 the run that owns the row. Fenced like `fail`: the row waits again, and starts as a new attempt. */
    requeue: `
      UPDATE ${table}
         SET ${c.status} = ${s.waiting}, ${c.startedBy} = NULL, ${c.deadline} = NULL
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} IN (${owned})`,

    /** All rows that a run owns wait again: in a copy of a database, where the runs are those of the other one. */
    requeueAll: `
      UPDATE ${table}
         SET ${c.status} = ${s.waiting}, ${c.startedBy} = NULL, ${c.deadline} = NULL
       WHERE ${c.status} IN (${owned}) AND ${c.runId} IS NOT NULL`,
  };
}
