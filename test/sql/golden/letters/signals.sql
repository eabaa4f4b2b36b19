-- release
WITH due AS (
  UPDATE "public"."letters"
     SET "run_at" = NULL
   WHERE "id" IN (
     SELECT "id"
       FROM "public"."letters"
      WHERE "status" = 'queued' AND "run_at" <= clock_timestamp()
      ORDER BY "run_at"
      LIMIT $1
        FOR UPDATE SKIP LOCKED)
  RETURNING 1
)
SELECT (SELECT count(*)::integer FROM due) AS due,
       (SELECT extract(epoch FROM "run_at" - clock_timestamp()) * 1000
          FROM "public"."letters"
         WHERE "status" = 'queued' AND "run_at" > clock_timestamp() AND "run_at" < 'infinity'
         ORDER BY "run_at"
         LIMIT 1)::double precision AS next_due_ms;

-- due
SELECT "id"::text AS id
  FROM "public"."letters"
 WHERE "status" = 'queued' AND "run_at" <= clock_timestamp()
 ORDER BY "run_at"
 LIMIT $1;

-- releaseOne
UPDATE "public"."letters"
   SET "run_at" = NULL
 WHERE "id" IN (
   SELECT "id"
     FROM "public"."letters"
    WHERE "id" = $1 AND "status" = 'queued' AND "run_at" <= clock_timestamp()
      FOR UPDATE SKIP LOCKED);

-- cancelRequested
SELECT "id"::text AS id, "run_id" AS run_id, "request_id"::text AS request_id,
       NULL AS workflow_id
  FROM "public"."letters"
 WHERE "status" IN ('processing') AND "cancel_requested_at" IS NOT NULL
   AND "run_id" IS NOT NULL AND "run_id" <> ALL ($2::text[])
 ORDER BY "public"."letters"."id"
 LIMIT $1;
