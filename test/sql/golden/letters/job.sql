-- markStarted
UPDATE "public"."letters" AS job
   SET "status" = 'processing', "run_id" = started.run_id,
       "attempt" = least(coalesce(job."attempt", 0)::bigint,
                            CASE pg_typeof(job."attempt")::text
                                 WHEN 'smallint' THEN 32767 ELSE 2147483647 END - 1) + 1,
       "started_by" = $3, "started_at" = clock_timestamp(),
       "deadline" = clock_timestamp() + $4 * interval '1 millisecond'
  FROM unnest($1::text[], $2::text[]) AS started (id, run_id)
 WHERE job."id" = started.id::uuid
RETURNING least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, job."id"::text AS id;

-- readMarked
SELECT job."id"::text AS id, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt,
       CASE WHEN job."status" = 'processing' AND job."run_id"::text = started.run_id THEN 'marked'
            WHEN job."status" NOT IN ('queued', 'processing') THEN 'moved'
            ELSE 'refused' END AS kind,
       EXISTS (SELECT FROM switchyard.signals AS signal
                WHERE signal.queue = 'letters' AND signal.status = 'waiting' AND signal.job_id = job."id"::text) AS signaled
  FROM unnest($1::text[], $2::text[]) AS started (id, run_id)
  JOIN "public"."letters" AS job ON job."id" = started.id::uuid;

-- values
SELECT "id"::text AS id, to_jsonb(job) AS row
  FROM "public"."letters" AS job
 WHERE "id" = ANY ($1::uuid[]);

-- noteRefused
SELECT switchyard.note_refused_start('letters', id, attempt, reason, code)
  FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[]) AS refused (id, attempt, reason, code)
 WHERE NOT $5 OR NOT EXISTS (
   SELECT FROM switchyard.job_events AS event
    WHERE event.queue = 'letters' AND event.job_id = refused.id AND event.attempt = refused.attempt
      AND event.code IN ('START_REFUSED', 'ID_TAKEN'));

-- lock
SELECT *, "status"::text AS job_status, "run_id" AS job_run_id, least(coalesce("attempt", 0), 2147483647)::integer AS job_attempt
  FROM "public"."letters"
 WHERE "id" = $1
   FOR UPDATE;

-- takeByReset
UPDATE "public"."letters"
   SET "status" = 'processing', "run_id" = $2, "started_by" = $3, "started_at" = clock_timestamp(),
       "deadline" = clock_timestamp() + $4 * interval '1 millisecond',
       "cancel_requested_at" = CASE WHEN "status" IN ('processing') THEN "cancel_requested_at" END,
       "canceled_at" = NULL, "failed_at" = NULL, "error_code" = NULL, "error_message" = NULL
 WHERE "id" = $1;

-- runsKnown
SELECT run_id, bool_or(code IS DISTINCT FROM 'RECONCILED' OR from_status IS DISTINCT FROM to_status) AS owned
  FROM switchyard.job_events
 WHERE queue = $1 AND job_id = $2 AND run_id = ANY ($3::text[])
 GROUP BY run_id;

-- beginWork
UPDATE "public"."letters"
   SET "started_at" = greatest("started_at", clock_timestamp())
 WHERE "id" = $1 AND "run_id" = $2 AND "status" = 'processing';

-- complete
UPDATE "public"."letters"
   SET "status" = 'complete', "completed_at" = clock_timestamp(), "started_by" = NULL, "deadline" = NULL,
       "error_code" = NULL, "error_message" = NULL
 WHERE "id" = $1 AND "run_id" = $2 AND "status" = 'processing';

-- fail
UPDATE "public"."letters"
   SET "status" = 'failed', "failed_at" = clock_timestamp(), "started_by" = NULL, "deadline" = NULL,
       "error_code" = $3, "error_message" = $4
 WHERE "id" = $1 AND "run_id" = $2 AND "status" IN ('processing');

-- cancel
UPDATE "public"."letters"
   SET "status" = 'canceled', "canceled_at" = clock_timestamp(), "started_by" = NULL, "deadline" = NULL
 WHERE "id" = $1 AND "run_id" = $2 AND "status" IN ('processing');

-- requeue
UPDATE "public"."letters"
   SET "status" = 'queued', "started_by" = NULL, "deadline" = NULL
 WHERE "id" = $1 AND "run_id" = $2 AND "status" IN ('processing');

-- requeueAll
UPDATE "public"."letters"
   SET "status" = 'queued', "started_by" = NULL, "deadline" = NULL
 WHERE "status" IN ('processing') AND "run_id" IS NOT NULL;
