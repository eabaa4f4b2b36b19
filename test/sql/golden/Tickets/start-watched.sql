-- readWatched
SELECT job.id::text AS id, job.workflow_id, extract(epoch FROM job.created_at)::text AS created_at,
       CASE WHEN job.input IS NULL THEN '{}'
            WHEN jsonb_typeof(job.input) = 'array' AND octet_length(job.input::text) <= $2
            THEN ARRAY(SELECT argument.value::text
                         FROM jsonb_array_elements(job.input) WITH ORDINALITY AS argument (value, place)
                        ORDER BY argument.place) END AS args,
       octet_length(job.input::text) AS input_bytes,
       coalesce(jsonb_typeof(job.input) <> 'array', false) AS lacks_args,
       job.input_problem, job.headers, job.search_attributes
  FROM "switchyard_jobs"."Tickets" AS job
 WHERE job.id = ANY ($1::bigint[]);

-- failUnstartable
UPDATE "switchyard_jobs"."Tickets" AS job
   SET status = 'failed', failed_at = clock_timestamp(), error_code = unstartable.code, error_message = unstartable.message
  FROM unnest($1::text[], $2::text[], $3::text[]) AS unstartable (id, code, message)
 WHERE job.id = unstartable.id::bigint AND job.status = 'queued'
RETURNING job.id::text AS id;
