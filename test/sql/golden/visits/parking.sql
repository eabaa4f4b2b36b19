-- asQuestion
SELECT set_config('switchyard.code', $1, true), set_config('switchyard.detail', $2, true);

-- park
UPDATE "public"."Visits"
   SET "status" = 'asking', "question" = $3, "answer" = NULL,
       "answer_by" = clock_timestamp() + $4 * interval '1 millisecond', "started_by" = NULL
 WHERE "id" = $1 AND "run_id" = $2 AND "status" = 'with the doctor'
   AND ($5::text IS NULL OR "question" ->> 'asking' IS DISTINCT FROM $5)
RETURNING greatest(0, extract(epoch FROM "answer_by" - clock_timestamp()) * 1000)::double precision AS wait_ms;

-- readQuestion
SELECT "answer" IS NOT NULL AS answered, "question" ->> 'step' AS step, "question" ->> 'asking' AS asking,
       greatest(0, extract(epoch FROM "answer_by" - clock_timestamp()) * 1000)::double precision AS wait_ms
  FROM "public"."Visits"
 WHERE "id" = $1;

-- resume
UPDATE "public"."Visits"
   SET "status" = 'with the doctor', "started_by" = $3, "started_at" = clock_timestamp()
 WHERE "id" = $1 AND "run_id" = $2 AND "status" = 'asking';

-- answer
UPDATE "public"."Visits"
   SET "answer" = $3
 WHERE "id" = $1 AND "run_id" = $2;

-- answered
SELECT "id"::text AS id, "run_id" AS run_id, "request_id"::text AS request_id,
       "run_id" || ' ' || (to_jsonb("answer_by") #>> '{}') AS asked
  FROM "public"."Visits"
 WHERE "status" = 'asking' AND "answer" IS NOT NULL
   AND "run_id" || ' ' || (to_jsonb("answer_by") #>> '{}') <> ALL ($2::text[])
 ORDER BY "public"."Visits"."id"
 LIMIT $1;
