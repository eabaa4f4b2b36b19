import { exactTime } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';

/** The statements by which a starter watches the jobs of one watched queue. */
export type WatchStatements = ReturnType<typeof watchStatements>;

export function watchStatements(queue: QueueDefinition) {
  const { table, name, c, s } = namesOf(queue);
  const label = c.label;
  const ended = [s.complete, s.failed, s.canceled].join(', ');
  /** What is known of a job when its workflow is looked at. */
  const columns = `${c.id}::text AS id, ${label} AS workflow_id, ${c.runId} AS run_id, ${c.attempt} AS attempt,
             ${c.status} AS status, ended_run_id, ${c.errorCode} AS error_code, extract(epoch FROM created_at)::text AS created_at,
             ${exactTime(c.startedAt)} AS started_at,
             (extract(epoch FROM greatest(${c.completedAt}, ${c.failedAt}, ${c.canceledAt})) * 1000)::double precision AS ended_ms,
             coalesce(extract(epoch FROM clock_timestamp() - ${c.startedAt}) * 1000, 0)::double precision AS age_ms`;

  return {
    /** $1 ids. */
    rows: `
      SELECT ${columns}
        FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[])`,

    /** $1 id. The same, locked; nothing where somebody else holds the row. */
    lockRow: `
      SELECT ${columns}
        FROM ${table}
       WHERE ${c.id} = $1
         FOR UPDATE SKIP LOCKED`,

    /** $1 id. Whether there is such a row, whoever holds it. */
    isThere: `
      SELECT FROM ${table} WHERE ${c.id} = $1`,

    /** $1 who started them, NULL: whoever did; $2 how many at most. The youngest in flight, the oldest of them first. */
    youngest: `
      SELECT *
        FROM (SELECT ${columns}
                FROM ${table}
               WHERE ${c.status} = ${s.inFlight} AND ($1::text IS NULL OR ${c.startedBy} = $1)
               ORDER BY ${table}.${c.startedAt} DESC, ${table}.${c.id} DESC
               LIMIT $2) AS youngest
       ORDER BY started_at`,

    /** $1 how many at most, $2 since how many milliseconds at least. The ids of jobs in flight. */
    inFlight: `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id
        FROM ${table}
       WHERE ${c.status} = ${s.inFlight} AND ${c.startedAt} <= clock_timestamp() - $2 * interval '1 millisecond'
       ORDER BY ${table}.${c.startedAt} DESC, ${table}.${c.id} DESC
       LIMIT $1`,

    /** $1 and $2 the start and id of the last row of the page before (`-infinity` and NULL at first), $3 rows a page. */
    sweep: `
      SELECT ${columns}
        FROM ${table}
       WHERE ${c.status} = ${s.inFlight}
         AND (${c.startedAt}, ${c.id}) > ($1::timestamptz, $2::${queue.idType})
       ORDER BY ${table}.${c.startedAt}, ${table}.${c.id}
       LIMIT $3`,

    /**
     * $1 id, $2 the first run of its chain, $3 the run whose end the row shows, $4 who follows it, $5 milliseconds to its deadline. A job
     * that had ended runs again, as its workflow was reset. A cancel that was requested of the earlier run is no request of this one.
     */
    revive: `
      WITH told AS MATERIALIZED (SELECT set_config('switchyard.code', 'RESET', true) AS code)
      UPDATE ${table} AS job
         SET ${c.status} = ${s.inFlight}, ${c.startedBy} = $4, ${c.startedAt} = clock_timestamp(),
             ${c.deadline} = clock_timestamp() + $5 * interval '1 millisecond', ${c.cancelRequestedAt} = NULL
        FROM told
       WHERE told.code = 'RESET' AND job.${c.id} = $1 AND job.${c.runId} = $2 AND job.${c.status} IN (${ended})
         AND job.ended_run_id IS NOT DISTINCT FROM $3
      RETURNING ${exactTime(`job.${c.startedAt}`)} AS started_at`,

    /**
     * $1 id, $2 the first run of its chain, $3 when it was started or revived, $4 the run that ended, $5 the result, $6 why it has none.
     * Fenced by the time too: what was seen before a reset revived the job is no end of it.
     */
    complete: `
      UPDATE ${table}
         SET ${c.status} = ${s.complete}, ${c.completedAt} = clock_timestamp(), ${c.startedBy} = NULL, ${c.deadline} = NULL,
             ${c.errorCode} = NULL, ${c.errorMessage} = NULL, ended_run_id = $4, result = $5, result_note = $6
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.startedAt} = $3::timestamptz AND ${c.status} = ${s.inFlight}`,

    /** $1 to $4 as of `complete`, $5 error code, $6 error message. Fenced in the same way. */
    fail: `
      UPDATE ${table}
         SET ${c.status} = ${s.failed}, ${c.failedAt} = clock_timestamp(), ${c.startedBy} = NULL, ${c.deadline} = NULL,
             ended_run_id = $4, ${c.errorCode} = $5, ${c.errorMessage} = $6
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.startedAt} = $3::timestamptz AND ${c.status} = ${s.inFlight}`,

    /** $1 to $4 as of `complete`. Fenced in the same way. */
    cancel: `
      UPDATE ${table}
         SET ${c.status} = ${s.canceled}, ${c.canceledAt} = clock_timestamp(), ${c.startedBy} = NULL, ${c.deadline} = NULL,
             ended_run_id = $4
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.startedAt} = $3::timestamptz AND ${c.status} = ${s.inFlight}`,

    /** $1 id, $2 the run, $3 why. Notes in the history of the job that it did not take its end, once for each reason. */
    noteRefusal: `
      SELECT switchyard.note_refusal(${name}, $1, $2, $3)`,

    /** $1 id, $2 the run, $3 why. Notes what was done about a workflow that is not its row's. */
    noteRepair: `
      SELECT switchyard.note_repair(${name}, $1, $2, $3)`,

    /**
     * $1 who holds the watch from now on, $2 for how many milliseconds. Nothing where another holds it. Answers how far the watch has
     * come.
     */
    hold: `
      INSERT INTO switchyard.watches AS watch (queue, held_by, held_until)
      VALUES (${name}, $1, clock_timestamp() + $2 * interval '1 millisecond')
      ON CONFLICT (queue) DO UPDATE SET held_by = excluded.held_by, held_until = excluded.held_until
       WHERE watch.held_by = excluded.held_by OR watch.held_until < clock_timestamp()
      RETURNING (extract(epoch FROM closed_since) * 1000)::double precision AS closed_since_ms,
                ${exactTime('swept_at')} AS swept_at, swept_id`,

    /** $1 who holds the watch no more. */
    letGo: `
      UPDATE switchyard.watches SET held_until = clock_timestamp() WHERE queue = ${name} AND held_by = $1`,

    /** $1 who holds the watch, $2 milliseconds since 1970. Workflows that closed before have been looked at. */
    keepClosedSince: `
      UPDATE switchyard.watches SET closed_since = to_timestamp($2::double precision / 1000)
       WHERE queue = ${name} AND held_by = $1`,

    /** $1 who holds the watch, $2 and $3 the start and id of the row that the sweep has come to; NULL: it has come to the end. */
    keepSwept: `
      UPDATE switchyard.watches SET swept_at = $2::timestamptz, swept_id = $3
       WHERE queue = ${name} AND held_by = $1`,

    /** $1 ids. Those that the application's rows show as they are. */
    shown: `
      SELECT ${c.id}::text AS id, ${label} AS workflow_id
        FROM ${table}
       WHERE ${c.id} = ANY ($1::${queue.idType}[]) AND NOT mirror_due`,

    /** $1 ids of jobs that are removed. What they were told goes with them. */
    removeSignals: `
      DELETE FROM switchyard.signals WHERE queue = ${name} AND job_id = ANY ($1::text[])`,
  };
}
