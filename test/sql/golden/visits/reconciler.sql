-- owned
SELECT "id"::text AS id, "run_id" AS run_id, (to_jsonb("started_at") #>> '{}') AS started_at
  FROM "public"."Visits"
 WHERE "status" IN ('with the doctor', 'asking') AND "run_id" IS NOT NULL
   AND ("started_at", "id") > ($1::timestamptz, $2::bigint)
 ORDER BY "public"."Visits"."started_at", "public"."Visits"."id"
 LIMIT $3;

-- rows
SELECT "id"::text AS id, "status"::text AS status, "run_id" AS run_id,
       "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("ended_at", "ended_at", "ended_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond' AS ended
  FROM "public"."Visits"
 WHERE "id" = ANY ($1::bigint[]);

-- lockRows
SELECT "id"::text AS id, "status"::text AS status, "run_id" AS run_id,
       "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("ended_at", "ended_at", "ended_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond' AS ended
  FROM "public"."Visits"
 WHERE "id" = ANY ($1::bigint[])
   FOR UPDATE SKIP LOCKED;

-- note
SELECT switchyard.note_repair($1, $2, $3, $4);

-- known
SELECT "id"::text AS id
  FROM "public"."Visits"
 WHERE "id" = ANY ($1::bigint[]);

-- anyRow
SELECT EXISTS (SELECT FROM "public"."Visits") AS found;

-- expired
SELECT id, expired
  FROM (SELECT "id" AS place, "id"::text AS id,
               "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("ended_at", "ended_at", "ended_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond'
   AND NOT EXISTS (SELECT FROM "public"."referrals" AS other WHERE other."visit" = "public"."Visits"."id" OFFSET 0) AS expired
          FROM "public"."Visits"
         WHERE $1::bigint IS NULL OR "id" > $1::bigint
         ORDER BY "public"."Visits"."id"
         LIMIT $3) AS page
 ORDER BY place;

-- lockExpired
SELECT "id"::text AS id
  FROM "public"."Visits"
 WHERE "id" = ANY ($1::bigint[])
   AND "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("ended_at", "ended_at", "ended_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond'
   AND NOT EXISTS (SELECT FROM "public"."referrals" AS other WHERE other."visit" = "public"."Visits"."id" OFFSET 0)
   FOR UPDATE SKIP LOCKED;

-- remove
DELETE FROM "public"."Visits"
 WHERE "id" = ANY ($1::bigint[])
   AND "status" IN ('complete', 'failed', 'canceled') AND coalesce(greatest("ended_at", "ended_at", "ended_at"), "started_at") < clock_timestamp() - $2 * interval '1 millisecond'
   AND NOT EXISTS (SELECT FROM "public"."referrals" AS other WHERE other."visit" = "public"."Visits"."id" OFFSET 0)
RETURNING "id"::text AS id;

-- newest
SELECT id
  FROM (SELECT id, row_number() OVER (PARTITION BY per ORDER BY at DESC, place DESC) AS place_of_value
          FROM (SELECT DISTINCT ON ("patient", "doctor")
                       "id"::text AS id, "id" AS place, "patient" AS per, "ended_at" AS at
                  FROM "public"."Visits"
                 WHERE "status" = 'complete' AND "doctor" IS NOT NULL
                 ORDER BY "patient", "doctor", "ended_at" DESC, place DESC) AS last_of_value) AS ranked
 WHERE place_of_value <= 3;
