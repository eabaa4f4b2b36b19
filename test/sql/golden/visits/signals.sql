-- release
WITH due AS (
  UPDATE "public"."Visits"
     SET "run_at" = NULL
   WHERE "id" IN (
     SELECT "id"
       FROM "public"."Visits"
      WHERE "status" = 'isn''t called' AND "run_at" <= clock_timestamp()
      ORDER BY "run_at"
      LIMIT $1
        FOR UPDATE SKIP LOCKED)
  RETURNING 1
)
SELECT (SELECT count(*)::integer FROM due) AS due,
       (SELECT extract(epoch FROM "run_at" - clock_timestamp()) * 1000
          FROM "public"."Visits"
         WHERE "status" = 'isn''t called' AND "run_at" > clock_timestamp() AND "run_at" < 'infinity'
         ORDER BY "run_at"
         LIMIT 1)::double precision AS next_due_ms;

-- due
SELECT "id"::text AS id
  FROM "public"."Visits"
 WHERE "status" = 'isn''t called' AND "run_at" <= clock_timestamp()
 ORDER BY "run_at"
 LIMIT $1;

-- releaseOne
UPDATE "public"."Visits"
   SET "run_at" = NULL
 WHERE "id" IN (
   SELECT "id"
     FROM "public"."Visits"
    WHERE "id" = $1 AND "status" = 'isn''t called' AND "run_at" <= clock_timestamp()
      FOR UPDATE SKIP LOCKED);

-- cancelRequested
SELECT "id"::text AS id, "run_id" AS run_id, "request_id"::text AS request_id,
       NULL AS workflow_id
  FROM "public"."Visits"
 WHERE "status" IN ('with the doctor', 'asking') AND "cancel_requested_at" IS NOT NULL
   AND "run_id" IS NOT NULL AND "run_id" <> ALL ($2::text[])
 ORDER BY "public"."Visits"."id"
 LIMIT $1;

-- releaseAdopted
WITH free AS (
  UPDATE "public"."Visits"
     SET "status" = 'isn''t called'
   WHERE "id" IN (
     SELECT "id"
       FROM "public"."Visits"
      WHERE "status" = 'with the doctor' AND "run_id" IS NULL AND "locked_at" <= clock_timestamp() - 90000 * interval '1 millisecond'
        AND NOT EXISTS (SELECT FROM "public"."Visits" WHERE "status" = 'isn''t called' AND "run_at" IS NULL)
      ORDER BY "locked_at"
      LIMIT $1
        FOR UPDATE SKIP LOCKED)
  RETURNING 1
)
SELECT (SELECT count(*)::integer FROM free) AS due,
       (SELECT extract(epoch FROM "locked_at" + 90000 * interval '1 millisecond' - clock_timestamp()) * 1000
          FROM "public"."Visits"
         WHERE "status" = 'with the doctor' AND "run_id" IS NULL AND "locked_at" > clock_timestamp() - 90000 * interval '1 millisecond'
         ORDER BY "locked_at"
         LIMIT 1)::double precision AS next_due_ms;
