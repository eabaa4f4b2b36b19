-- target
SELECT (SELECT reason FROM switchyard.pauses
         WHERE resumed_at IS NULL AND (queue = 'visits' OR system IN ('x-ray', 'laboratory', '')) AND scope <> 'key'
         ORDER BY id LIMIT 1) AS pause,
       (SELECT count(*)::integer
          FROM (SELECT FROM "public"."Visits" WHERE "status" = 'isn''t called' AND "run_at" IS NULL LIMIT $1) AS waiting) AS waiting;

-- count
WITH scanned AS MATERIALIZED (
  SELECT scanned.state, scanned.matches
    FROM switchyard.redrives AS redrive
   CROSS JOIN LATERAL (
     (SELECT 'failed' AS state, ended.*
        FROM (SELECT job."id" AS id, job."ended_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'failed' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."ended_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."ended_at", job."id"
               LIMIT $2) AS ended
       WHERE 'failed' = ANY (redrive.states))
     UNION ALL
     (SELECT 'canceled' AS state, ended.*
        FROM (SELECT job."id" AS id, job."ended_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'canceled' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."ended_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."ended_at", job."id"
               LIMIT $2) AS ended
       WHERE 'canceled' = ANY (redrive.states))
     UNION ALL
     (SELECT 'queued' AS state, ended.*
        FROM (SELECT job."id" AS id, job."came_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL AND job."came_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."came_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."priority" ASC, job."came_at" DESC, job."id" ASC
               LIMIT $2) AS ended
       WHERE 'queued' = ANY (redrive.states))
     UNION ALL
     (SELECT 'delayed' AS state, ended.*
        FROM (SELECT job."id" AS id, job."came_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'isn''t called' AND job."run_at" IS NOT NULL AND job."came_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."came_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."run_at"
               LIMIT $2) AS ended
       WHERE 'delayed' = ANY (redrive.states))
   ) AS scanned
   WHERE redrive.id = $1
)
SELECT (SELECT count(*)::integer FROM (SELECT FROM scanned WHERE matches LIMIT $3) AS counted) AS count,
       (SELECT count(*) > $3 FROM scanned WHERE matches)
       OR EXISTS (SELECT FROM scanned GROUP BY state HAVING count(*) >= $2) AS more;

-- sample
WITH found AS MATERIALIZED (
  SELECT scanned.*
    FROM switchyard.redrives AS redrive
   CROSS JOIN LATERAL (
     (SELECT 'failed' AS state, ended.*
        FROM (SELECT job."id" AS id, job."ended_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'failed' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."ended_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."ended_at", job."id"
               LIMIT $2) AS ended
       WHERE 'failed' = ANY (redrive.states))
     UNION ALL
     (SELECT 'canceled' AS state, ended.*
        FROM (SELECT job."id" AS id, job."ended_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'canceled' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."ended_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."ended_at", job."id"
               LIMIT $2) AS ended
       WHERE 'canceled' = ANY (redrive.states))
     UNION ALL
     (SELECT 'queued' AS state, ended.*
        FROM (SELECT job."id" AS id, job."came_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL AND job."came_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."came_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."priority" ASC, job."came_at" DESC, job."id" ASC
               LIMIT $2) AS ended
       WHERE 'queued' = ANY (redrive.states))
     UNION ALL
     (SELECT 'delayed' AS state, ended.*
        FROM (SELECT job."id" AS id, job."came_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
                FROM "public"."Visits" AS job
               WHERE job."status" = 'isn''t called' AND job."run_at" IS NOT NULL AND job."came_at" < least(redrive.created_at, redrive.ended_before)
                 AND (job."came_at", job."id") > (coalesce(redrive.ended_after, '-infinity'), '-9223372036854775808'::bigint)
               ORDER BY job."run_at"
               LIMIT $2) AS ended
       WHERE 'delayed' = ANY (redrive.states))
   ) AS scanned
   WHERE redrive.id = $1 AND scanned.matches
   LIMIT $3
)
SELECT job."id"::text AS id, found.state AS status, job."Room ""A"""::text AS label, job."patient"::text AS key, found.attempt,
       job."error_code"::text AS error_code, job."error_message"::text AS error_message, found.ended_at
  FROM found JOIN "public"."Visits" AS job ON job."id" = found.id
 ORDER BY found.ended_at, found.id;

-- cancel
WITH free AS (
  SELECT job."id" AS id
    FROM "public"."Visits" AS job
    JOIN switchyard.redrives AS redrive ON redrive.id = $1
   WHERE job."id" = ANY ($2::bigint[]) AND job."status" = 'isn''t called'
     FOR UPDATE OF job SKIP LOCKED
), updated AS (
  UPDATE "public"."Visits" AS job
     SET "cancel_requested_at" = clock_timestamp()
    FROM free
   WHERE job."id" = free.id AND job."status" = 'isn''t called'
  RETURNING job."id" AS id, job."status" <> 'isn''t called' AS moved
)
SELECT free.id::text AS id, coalesce(updated.moved, false) AS moved
  FROM free LEFT JOIN updated ON updated.id = free.id;

-- nextFailed
WITH scanned AS MATERIALIZED (
  SELECT scanned.*
    FROM switchyard.redrives AS redrive
   CROSS JOIN LATERAL (
     SELECT job."id" AS id, job."ended_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
       FROM "public"."Visits" AS job
      WHERE job."status" = 'failed' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
        AND (job."ended_at", job."id") > (coalesce(redrive.at_time, redrive.ended_after, '-infinity'),
                                                    coalesce(redrive.at_id::bigint, '-9223372036854775808'::bigint))
      ORDER BY job."ended_at", job."id"
      LIMIT $2) AS scanned
   WHERE redrive.id = $1
), matched AS MATERIALIZED (
  SELECT * FROM scanned WHERE matches ORDER BY ended_at, id LIMIT $3
), counts AS (
  SELECT (SELECT count(*) FROM scanned) AS scanned, (SELECT count(*) FROM matched) AS matched
), last AS (
  (SELECT matched.id, matched.ended_at
     FROM matched, counts
    WHERE counts.matched = $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
  UNION ALL
  (SELECT scanned.id, scanned.ended_at
     FROM scanned, counts
    WHERE counts.matched < $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
)
SELECT ARRAY(SELECT id::text FROM matched ORDER BY ended_at, id) AS ids,
       ARRAY(SELECT attempt FROM matched ORDER BY ended_at, id) AS attempts,
       (SELECT (to_jsonb(ended_at) #>> '{}') FROM last) AS at_time, (SELECT id::text FROM last) AS at_id,
       counts.matched < $3 AND counts.scanned < $2 AS exhausted
  FROM counts;

-- nextCanceled
WITH scanned AS MATERIALIZED (
  SELECT scanned.*
    FROM switchyard.redrives AS redrive
   CROSS JOIN LATERAL (
     SELECT job."id" AS id, job."ended_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
       FROM "public"."Visits" AS job
      WHERE job."status" = 'canceled' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
        AND (job."ended_at", job."id") > (coalesce(redrive.at_time, redrive.ended_after, '-infinity'),
                                                    coalesce(redrive.at_id::bigint, '-9223372036854775808'::bigint))
      ORDER BY job."ended_at", job."id"
      LIMIT $2) AS scanned
   WHERE redrive.id = $1
), matched AS MATERIALIZED (
  SELECT * FROM scanned WHERE matches ORDER BY ended_at, id LIMIT $3
), counts AS (
  SELECT (SELECT count(*) FROM scanned) AS scanned, (SELECT count(*) FROM matched) AS matched
), last AS (
  (SELECT matched.id, matched.ended_at
     FROM matched, counts
    WHERE counts.matched = $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
  UNION ALL
  (SELECT scanned.id, scanned.ended_at
     FROM scanned, counts
    WHERE counts.matched < $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
)
SELECT ARRAY(SELECT id::text FROM matched ORDER BY ended_at, id) AS ids,
       ARRAY(SELECT attempt FROM matched ORDER BY ended_at, id) AS attempts,
       (SELECT (to_jsonb(ended_at) #>> '{}') FROM last) AS at_time, (SELECT id::text FROM last) AS at_id,
       counts.matched < $3 AND counts.scanned < $2 AS exhausted
  FROM counts;

-- nextQueued
WITH scanned AS MATERIALIZED (
  SELECT scanned.*
    FROM switchyard.redrives AS redrive
   CROSS JOIN LATERAL (
     SELECT job."id" AS id, job."came_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
       FROM "public"."Visits" AS job
      WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL AND job."came_at" < least(redrive.created_at, redrive.ended_before)
        AND (job."came_at", job."id") > (coalesce(redrive.at_time, redrive.ended_after, '-infinity'),
                                                    coalesce(redrive.at_id::bigint, '-9223372036854775808'::bigint))
      ORDER BY job."came_at", job."id"
      LIMIT $2) AS scanned
   WHERE redrive.id = $1
), matched AS MATERIALIZED (
  SELECT * FROM scanned WHERE matches ORDER BY ended_at, id LIMIT $3
), counts AS (
  SELECT (SELECT count(*) FROM scanned) AS scanned, (SELECT count(*) FROM matched) AS matched
), last AS (
  (SELECT matched.id, matched.ended_at
     FROM matched, counts
    WHERE counts.matched = $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
  UNION ALL
  (SELECT scanned.id, scanned.ended_at
     FROM scanned, counts
    WHERE counts.matched < $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
)
SELECT ARRAY(SELECT id::text FROM matched ORDER BY ended_at, id) AS ids,
       ARRAY(SELECT attempt FROM matched ORDER BY ended_at, id) AS attempts,
       (SELECT (to_jsonb(ended_at) #>> '{}') FROM last) AS at_time, (SELECT id::text FROM last) AS at_id,
       counts.matched < $3 AND counts.scanned < $2 AS exhausted
  FROM counts;

-- nextDelayed
WITH scanned AS MATERIALIZED (
  SELECT scanned.*
    FROM switchyard.redrives AS redrive
   CROSS JOIN LATERAL (
     SELECT job."id" AS id, job."came_at" AS ended_at, least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt, (
               (redrive.error_codes IS NULL OR coalesce(job."error_code"::text = ANY (redrive.error_codes), false))
               AND (redrive.message_contains IS NULL
                    OR strpos(lower(coalesce(job."error_message"::text, '')), lower(redrive.message_contains)) > 0)
               AND (redrive.keys IS NULL OR coalesce(job."patient"::text = ANY (redrive.keys), false))
               AND (redrive.text_contains IS NULL
                    OR strpos(lower(concat_ws(E'\n', job."id"::text, job."Room ""A"""::text, job."patient"::text, job."error_message"::text)),
                              lower(redrive.text_contains)) > 0)
               AND (redrive.created_after IS NULL OR coalesce(job."came_at" >= redrive.created_after, false))
               AND (redrive.created_before IS NULL OR coalesce(job."came_at" < redrive.created_before, false))
               AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
               AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                WHERE done.redrive_id = redrive.id AND done.job_id = job."id"::text)) AS matches
       FROM "public"."Visits" AS job
      WHERE job."status" = 'isn''t called' AND job."run_at" IS NOT NULL AND job."came_at" < least(redrive.created_at, redrive.ended_before)
        AND (job."came_at", job."id") > (coalesce(redrive.at_time, redrive.ended_after, '-infinity'),
                                                    coalesce(redrive.at_id::bigint, '-9223372036854775808'::bigint))
      ORDER BY job."came_at", job."id"
      LIMIT $2) AS scanned
   WHERE redrive.id = $1
), matched AS MATERIALIZED (
  SELECT * FROM scanned WHERE matches ORDER BY ended_at, id LIMIT $3
), counts AS (
  SELECT (SELECT count(*) FROM scanned) AS scanned, (SELECT count(*) FROM matched) AS matched
), last AS (
  (SELECT matched.id, matched.ended_at
     FROM matched, counts
    WHERE counts.matched = $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
  UNION ALL
  (SELECT scanned.id, scanned.ended_at
     FROM scanned, counts
    WHERE counts.matched < $3
    ORDER BY ended_at DESC, id DESC LIMIT 1)
)
SELECT ARRAY(SELECT id::text FROM matched ORDER BY ended_at, id) AS ids,
       ARRAY(SELECT attempt FROM matched ORDER BY ended_at, id) AS attempts,
       (SELECT (to_jsonb(ended_at) #>> '{}') FROM last) AS at_time, (SELECT id::text FROM last) AS at_id,
       counts.matched < $3 AND counts.scanned < $2 AS exhausted
  FROM counts;

-- requeueFailed
WITH free AS (
  SELECT job."id" AS id
    FROM "public"."Visits" AS job
    JOIN switchyard.redrives AS redrive ON redrive.id = $1
   WHERE job."id" = ANY ($2::bigint[])
     AND job."status" = 'failed' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
     FOR UPDATE OF job SKIP LOCKED
), updated AS (
  UPDATE "public"."Visits" AS job
     SET "status" = 'isn''t called'
    FROM free
   WHERE job."id" = free.id AND job."status" = 'failed'
  RETURNING job."id" AS id, job."status" <> 'failed' AS moved
)
SELECT free.id::text AS id, coalesce(updated.moved, false) AS moved
  FROM free LEFT JOIN updated ON updated.id = free.id;

-- requeueCanceled
WITH free AS (
  SELECT job."id" AS id
    FROM "public"."Visits" AS job
    JOIN switchyard.redrives AS redrive ON redrive.id = $1
   WHERE job."id" = ANY ($2::bigint[])
     AND job."status" = 'canceled' AND job."ended_at" < least(redrive.created_at, redrive.ended_before)
     FOR UPDATE OF job SKIP LOCKED
), updated AS (
  UPDATE "public"."Visits" AS job
     SET "status" = 'isn''t called'
    FROM free
   WHERE job."id" = free.id AND job."status" = 'canceled'
  RETURNING job."id" AS id, job."status" <> 'canceled' AS moved
)
SELECT free.id::text AS id, coalesce(updated.moved, false) AS moved
  FROM free LEFT JOIN updated ON updated.id = free.id;
