-- any
SELECT EXISTS (SELECT FROM switchyard.signals WHERE queue = 'letters' AND status = 'waiting') AS waits;

-- aim
UPDATE switchyard.signals AS signal
   SET run_id = aimed.job_run_id
  FROM (SELECT locked.id, first.job_run_id
          FROM (
  SELECT first.id, first.run_id,
         (SELECT job."status"::text FROM "public"."letters" AS job WHERE job."id" = CASE WHEN first.job_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN first.job_id::uuid END) AS job_status,
         (SELECT job."run_id"::text FROM "public"."letters" AS job WHERE job."id" = CASE WHEN first.job_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN first.job_id::uuid END) AS job_run_id
    FROM (SELECT DISTINCT ON (job_id) id, job_id, run_id
            FROM switchyard.signals
           WHERE queue = 'letters' AND status = 'waiting' AND job_id <> ALL ($2::text[])
           ORDER BY job_id, id) AS first) AS first
          JOIN switchyard.signals AS locked ON locked.id = first.id
         WHERE first.run_id IS NULL AND first.job_status IN ('processing') AND first.job_run_id IS NOT NULL
         LIMIT $1
           FOR UPDATE OF locked SKIP LOCKED) AS aimed
 WHERE signal.id = aimed.id AND signal.status = 'waiting' AND signal.run_id IS NULL;

-- lock
SELECT signal.id::text AS id, signal.request_id::text AS request_id, signal.job_id, signal.name, signal.run_id,
       ARRAY(SELECT argument.value::text
               FROM jsonb_array_elements(signal.args) WITH ORDINALITY AS argument (value, place)
              ORDER BY argument.place) AS args
  FROM (
  SELECT first.id, first.run_id,
         (SELECT job."status"::text FROM "public"."letters" AS job WHERE job."id" = CASE WHEN first.job_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN first.job_id::uuid END) AS job_status,
         (SELECT job."run_id"::text FROM "public"."letters" AS job WHERE job."id" = CASE WHEN first.job_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN first.job_id::uuid END) AS job_run_id
    FROM (SELECT DISTINCT ON (job_id) id, job_id, run_id
            FROM switchyard.signals
           WHERE queue = 'letters' AND status = 'waiting' AND job_id <> ALL ($2::text[])
           ORDER BY job_id, id) AS first) AS first
  JOIN switchyard.signals AS signal ON signal.id = first.id
 WHERE signal.status = 'waiting'
   AND (signal.run_id IS NOT NULL OR first.job_status IS NULL OR first.job_status IN ('complete', 'failed', 'canceled'))
 LIMIT $1
   FOR UPDATE OF signal SKIP LOCKED;

-- jobs
SELECT job."id"::text AS id, job."run_id"::text AS run_id, NULL AS workflow_id,
       CASE WHEN job."status" IN ('processing') THEN 'owned'
            WHEN job."status" IN ('complete', 'failed', 'canceled') THEN 'ended' ELSE 'held' END AS state
  FROM "public"."letters" AS job
 WHERE job."id" = ANY ($1::uuid[]);

-- settle
UPDATE switchyard.signals AS signal
   SET status = settled.status, run_id = settled.run_id, error = settled.error,
       ended_at = CASE WHEN settled.status <> 'waiting' THEN clock_timestamp() END
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS settled (id, status, run_id, error)
 WHERE signal.id = settled.id AND signal.status = 'waiting';

-- noteFailed
SELECT switchyard.note_failed_signal('letters', failed.job_id, failed.run_id, failed.why)
  FROM unnest($1::text[], $2::text[], $3::text[]) AS failed (job_id, run_id, why);

-- ring
SELECT switchyard.ring_for_signal('letters')
 WHERE EXISTS (SELECT FROM switchyard.signals
                WHERE queue = 'letters' AND status = 'waiting' AND job_id = ANY ($1::text[]));
