import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';

/** The statements by which the jobs of a watched queue are started; `undefined` for a fenced queue. */
export type StartWatchedStatements = ReturnType<typeof startWatchedStatements>;

export function startWatchedStatements(queue: QueueDefinition) {
  if (queue.watched === undefined) return undefined;
  const { table, s } = namesOf(queue);
  return {
    /**
     * $1 ids, $2 how many bytes of input are read at most. What the workflows of these rows are started with. JSON leaves the database
     * as text: no number is read and written again.
     */
    readWatched: queue.watched.inputIsArgs ? readWithArgs(table, queue) : readWithInput(table, queue),

    /** $1 ids, $2 codes, $3 words. Ends waiting rows that can never be started; the count of attempts stays. */
    failUnstartable: `
      UPDATE ${table} AS job
         SET status = ${s.failed}, failed_at = clock_timestamp(), error_code = unstartable.code, error_message = unstartable.message
        FROM unnest($1::text[], $2::text[], $3::text[]) AS unstartable (id, code, message)
       WHERE job.id = unstartable.id::${queue.idType} AND job.status = ${s.waiting}
      RETURNING job.id::text AS id`,
  };
}

const readWithInput = (table: string, { idType }: QueueDefinition): string => `
      SELECT job.id::text AS id, job.workflow_id, extract(epoch FROM job.created_at)::text AS created_at,
             CASE WHEN job.input IS NULL THEN '{}'
                  WHEN octet_length(job.input::text) <= $2 THEN ARRAY[job.input::text] END AS args,
             octet_length(job.input::text) AS input_bytes, false AS lacks_args,
             job.input_problem, job.headers, job.search_attributes
        FROM ${table} AS job
       WHERE job.id = ANY ($1::${idType}[])`;

const readWithArgs = (table: string, { idType }: QueueDefinition): string => `
      SELECT job.id::text AS id, job.workflow_id, extract(epoch FROM job.created_at)::text AS created_at,
             CASE WHEN job.input IS NULL THEN '{}'
                  WHEN jsonb_typeof(job.input) = 'array' AND octet_length(job.input::text) <= $2
                  THEN ARRAY(SELECT argument.value::text
                               FROM jsonb_array_elements(job.input) WITH ORDINALITY AS argument (value, place)
                              ORDER BY argument.place) END AS args,
             octet_length(job.input::text) AS input_bytes,
             coalesce(jsonb_typeof(job.input) <> 'array', false) AS lacks_args,
             job.input_problem, job.headers, job.search_attributes
        FROM ${table} AS job
       WHERE job.id = ANY ($1::${idType}[])`;
