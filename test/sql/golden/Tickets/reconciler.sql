-- owned
SELECT "id"::text AS id, "run_id" AS run_id, (to_jsonb("started_at") #>> '{}') AS started_at
  FROM "switchyard_jobs"."Tickets"
 WHERE "status" IN ('processing')
   AND ("started_at", "id") > ($1::timestamptz, $2::bigint)
 ORDER BY "switchyard_jobs"."Tickets"."started_at", "switchyard_jobs"."Tickets"."id"
 LIMIT $3;

-- rows
SELECT "id"::text AS id, "status"::text AS status, "run_id" AS run_id,
       "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("completed_at", "failed_at", "canceled_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond' AS ended
  FROM "switchyard_jobs"."Tickets"
 WHERE "id" = ANY ($1::bigint[]);

-- lockRows
SELECT "id"::text AS id, "status"::text AS status, "run_id" AS run_id,
       "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("completed_at", "failed_at", "canceled_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond' AS ended
  FROM "switchyard_jobs"."Tickets"
 WHERE "id" = ANY ($1::bigint[])
   FOR UPDATE SKIP LOCKED;

-- note
SELECT switchyard.note_repair($1, $2, $3, $4);

-- known
SELECT "id"::text AS id
  FROM "switchyard_jobs"."Tickets"
 WHERE "id" = ANY ($1::bigint[]);

-- anyRow
SELECT EXISTS (SELECT FROM "switchyard_jobs"."Tickets") AS found;

-- expired
SELECT id, expired
  FROM (SELECT "id" AS place, "id"::text AS id,
               "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("completed_at", "failed_at", "canceled_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond' AS expired
          FROM "switchyard_jobs"."Tickets"
         WHERE $1::bigint IS NULL OR "id" > $1::bigint
         ORDER BY "switchyard_jobs"."Tickets"."id"
         LIMIT $3) AS page
 ORDER BY place;

-- lockExpired
SELECT "id"::text AS id
  FROM "switchyard_jobs"."Tickets"
 WHERE "id" = ANY ($1::bigint[])
   AND "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("completed_at", "failed_at", "canceled_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond'
   FOR UPDATE SKIP LOCKED;

-- remove
DELETE FROM "switchyard_jobs"."Tickets"
 WHERE "id" = ANY ($1::bigint[])
   AND "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("completed_at", "failed_at", "canceled_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond'
RETURNING "id"::text AS id;
