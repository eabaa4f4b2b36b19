-- release
WITH due AS (
  UPDATE "switchyard_jobs"."Tickets"
     SET "run_at" = NULL
   WHERE "id" IN (
     SELECT "id"
       FROM "switchyard_jobs"."Tickets"
      WHERE "status" = 'queued' AND "run_at" <= clock_timestamp()
      ORDER BY "run_at"
      LIMIT $1
        FOR UPDATE SKIP LOCKED)
  RETURNING 1
)
SELECT (SELECT count(*)::integer FROM due) AS due,
       (SELECT extract(epoch FROM "run_at" - clock_timestamp()) * 1000
          FROM "switchyard_jobs"."Tickets"
         WHERE "status" = 'queued' AND "run_at" > clock_timestamp() AND "run_at" < 'infinity'
         ORDER BY "run_at"
         LIMIT 1)::double precision AS next_due_ms;

-- due
SELECT "id"::text AS id
  FROM "switchyard_jobs"."Tickets"
 WHERE "status" = 'queued' AND "run_at" <= clock_timestamp()
 ORDER BY "run_at"
 LIMIT $1;

-- releaseOne
UPDATE "switchyard_jobs"."Tickets"
   SET "run_at" = NULL
 WHERE "id" IN (
   SELECT "id"
     FROM "switchyard_jobs"."Tickets"
    WHERE "id" = $1 AND "status" = 'queued' AND "run_at" <= clock_timestamp()
      FOR UPDATE SKIP LOCKED);

-- cancelRequested
SELECT "id"::text AS id, "run_id" AS run_id, "request_id"::text AS request_id,
       workflow_id AS workflow_id
  FROM "switchyard_jobs"."Tickets"
 WHERE "status" IN ('processing') AND "cancel_requested_at" IS NOT NULL
   AND "run_id" IS NOT NULL AND "run_id" <> ALL ($2::text[])
 ORDER BY "switchyard_jobs"."Tickets"."id"
 LIMIT $1;
