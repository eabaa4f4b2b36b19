-- readWatched
SELECT job.id::text AS id, job.workflow_id, extract(epoch FROM job.created_at)::text AS created_at,
       CASE WHEN job.input IS NULL THEN '{}'
            WHEN octet_length(job.input::text) <= $2 THEN ARRAY[job.input::text] END AS args,
       octet_length(job.input::text) AS input_bytes, false AS lacks_args,
       job.input_problem, job.headers, job.search_attributes
  FROM "switchyard_jobs"."orders" AS job
 WHERE job.id = ANY ($1::uuid[]);

-- failUnstartable
UPDATE "switchyard_jobs"."orders" AS job
   SET status = 'failed', failed_at = clock_timestamp(), error_code = unstartable.code, error_message = unstartable.message
  FROM unnest($1::text[], $2::text[], $3::text[]) AS unstartable (id, code, message)
 WHERE job.id = unstartable.id::uuid AND job.status = 'queued'
RETURNING job.id::text AS id;
