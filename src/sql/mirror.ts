import { quoteColumn, quoteLiteral } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';
import { hidesRows } from './row-security.ts';

/** The statements that write how jobs go to the application's own rows. */
export type MirrorStatements = NonNullable<ReturnType<typeof mirrorStatements>>;

/** `undefined`: the queue has no mirror. */
export function mirrorStatements(queue: QueueDefinition) {
  const mirror = queue.watched?.mirror;
  const entries = Object.entries(mirror?.columns ?? {});
  if (mirror === undefined || entries.length === 0) return undefined;
  const { table, name, c } = namesOf(queue);
  const { source } = mirror;
  const id = quoteColumn(mirror.id);
  const set = entries.map(([, shown]) => `${quoteColumn(shown)} = shown.${quoteColumn(shown)}`).join(', ');
  const values = entries
    .map(([column, shown]) => `${quoteLiteral(shown)}, to_jsonb(job.${quoteColumn(column)})`)
    .join(', ');

  return {
    /** $1 the last id of the page before (NULL at first), $2 how many. Jobs that the application's rows do not show yet. */
    due: `
      SELECT ${c.id}::text AS id
        FROM ${table} AS job
       WHERE mirror_due AND ($1::${queue.idType} IS NULL OR ${c.id} > $1::${queue.idType})
       ORDER BY job.${c.id}
       LIMIT $2`,

    /** $1 ids. Locks the application's rows, and leaves those that it holds itself. */
    lockFreeSources: `
      SELECT ${id}::text AS id
        FROM ${source}
       WHERE ${id} = ANY ($1::${queue.idType}[])
       ORDER BY ${source}.${id}
         FOR NO KEY UPDATE SKIP LOCKED`,

    /** $1 id. Waits for the application's row, for the `lock_timeout` of the transaction. */
    lockSource: `
      SELECT ${id}::text AS id
        FROM ${source}
       WHERE ${id} = $1
         FOR NO KEY UPDATE`,

    /** The role from which row-level security hides rows of the application; no row: from nobody. */
    hiddenFrom: `
      SELECT current_user AS role
       WHERE ${hidesRows(`${quoteLiteral(source)}::regclass`)}`,

    /** $1 ids. Those whose row of the application is gone, or hidden. */
    withoutSource: `
      SELECT gone.id
        FROM unnest($1::text[]) AS gone (id)
       WHERE NOT EXISTS (SELECT FROM ${source} WHERE ${id} = gone.id::${queue.idType})`,

    /** $1 ids. Locks those jobs that are still due, and leaves those that somebody else holds: a claim above all. */
    lockDue: `
      SELECT ${c.id}::text AS id
        FROM ${table} AS job
       WHERE ${c.id} = ANY ($1::${queue.idType}[]) AND mirror_due
       ORDER BY job.${c.id}
         FOR UPDATE SKIP LOCKED`,

    /**
     * $1 ids. The values are converted by the types of the application's columns, as JSON is. It reads no other column of the application's
     * rows, as add_queue grants none.
     */
    write: `
      UPDATE ${source} AS target
         SET ${set}
        FROM ${table} AS job
       CROSS JOIN LATERAL jsonb_populate_record(NULL::${source}, jsonb_build_object(${values})) AS shown
       WHERE job.${c.id} = ANY ($1::${queue.idType}[]) AND target.${id} = job.${c.id}`,

    /** $1 ids. */
    mirrored: `
      UPDATE ${table}
         SET mirror_due = false, mirrored_at = clock_timestamp()
       WHERE ${c.id} = ANY ($1::${queue.idType}[]) AND mirror_due`,

    /** $1 id, $2 why. Notes in the history of the job that the application's row was not written, once for each reason. */
    noteRefusal: `
      SELECT switchyard.note_refusal(${name}, ${c.id}::text, ${c.runId}, $2) FROM ${table} WHERE ${c.id} = $1`,
  };
}
