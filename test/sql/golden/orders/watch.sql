-- rows
SELECT "id"::text AS id, "workflow_id" AS workflow_id, "run_id" AS run_id, "attempt" AS attempt,
       "status" AS status, ended_run_id, "error_code" AS error_code, extract(epoch FROM created_at)::text AS created_at,
       (to_jsonb("started_at") #>> '{}') AS started_at,
       (extract(epoch FROM greatest("completed_at", "failed_at", "canceled_at")) * 1000)::double precision AS ended_ms,
       coalesce(extract(epoch FROM clock_timestamp() - "started_at") * 1000, 0)::double precision AS age_ms
  FROM "switchyard_jobs"."orders"
 WHERE "id" = ANY ($1::uuid[]);

-- lockRow
SELECT "id"::text AS id, "workflow_id" AS workflow_id, "run_id" AS run_id, "attempt" AS attempt,
       "status" AS status, ended_run_id, "error_code" AS error_code, extract(epoch FROM created_at)::text AS created_at,
       (to_jsonb("started_at") #>> '{}') AS started_at,
       (extract(epoch FROM greatest("completed_at", "failed_at", "canceled_at")) * 1000)::double precision AS ended_ms,
       coalesce(extract(epoch FROM clock_timestamp() - "started_at") * 1000, 0)::double precision AS age_ms
  FROM "switchyard_jobs"."orders"
 WHERE "id" = $1
   FOR UPDATE SKIP LOCKED;

-- isThere
SELECT FROM "switchyard_jobs"."orders" WHERE "id" = $1;

-- youngest
SELECT *
  FROM (SELECT "id"::text AS id, "workflow_id" AS workflow_id, "run_id" AS run_id, "attempt" AS attempt,
       "status" AS status, ended_run_id, "error_code" AS error_code, extract(epoch FROM created_at)::text AS created_at,
       (to_jsonb("started_at") #>> '{}') AS started_at,
       (extract(epoch FROM greatest("completed_at", "failed_at", "canceled_at")) * 1000)::double precision AS ended_ms,
       coalesce(extract(epoch FROM clock_timestamp() - "started_at") * 1000, 0)::double precision AS age_ms
          FROM "switchyard_jobs"."orders"
         WHERE "status" = 'processing' AND ($1::text IS NULL OR "started_by" = $1)
         ORDER BY "switchyard_jobs"."orders"."started_at" DESC, "switchyard_jobs"."orders"."id" DESC
         LIMIT $2) AS youngest
 ORDER BY started_at;

-- inFlight
SELECT "id"::text AS id, "run_id" AS run_id
  FROM "switchyard_jobs"."orders"
 WHERE "status" = 'processing' AND "started_at" <= clock_timestamp() - $2 * interval '1 millisecond'
 ORDER BY "switchyard_jobs"."orders"."started_at" DESC, "switchyard_jobs"."orders"."id" DESC
 LIMIT $1;

-- sweep
SELECT "id"::text AS id, "workflow_id" AS workflow_id, "run_id" AS run_id, "attempt" AS attempt,
       "status" AS status, ended_run_id, "error_code" AS error_code, extract(epoch FROM created_at)::text AS created_at,
       (to_jsonb("started_at") #>> '{}') AS started_at,
       (extract(epoch FROM greatest("completed_at", "failed_at", "canceled_at")) * 1000)::double precision AS ended_ms,
       coalesce(extract(epoch FROM clock_timestamp() - "started_at") * 1000, 0)::double precision AS age_ms
  FROM "switchyard_jobs"."orders"
 WHERE "status" = 'processing'
   AND ("started_at", "id") > ($1::timestamptz, $2::uuid)
 ORDER BY "switchyard_jobs"."orders"."started_at", "switchyard_jobs"."orders"."id"
 LIMIT $3;

-- revive
WITH told AS MATERIALIZED (SELECT set_config('switchyard.code', 'RESET', true) AS code)
UPDATE "switchyard_jobs"."orders" AS job
   SET "status" = 'processing', "started_by" = $4, "started_at" = clock_timestamp(),
       "deadline" = clock_timestamp() + $5 * interval '1 millisecond', "cancel_requested_at" = NULL
  FROM told
 WHERE told.code = 'RESET' AND job."id" = $1 AND job."run_id" = $2 AND job."status" IN ('complete', 'failed', 'canceled')
   AND job.ended_run_id IS NOT DISTINCT FROM $3
RETURNING (to_jsonb(job."started_at") #>> '{}') AS started_at;

-- complete
UPDATE "switchyard_jobs"."orders"
   SET "status" = 'complete', "completed_at" = clock_timestamp(), "started_by" = NULL, "deadline" = NULL,
       "error_code" = NULL, "error_message" = NULL, ended_run_id = $4, result = $5, result_note = $6
 WHERE "id" = $1 AND "run_id" = $2 AND "started_at" = $3::timestamptz AND "status" = 'processing';

-- fail
UPDATE "switchyard_jobs"."orders"
   SET "status" = 'failed', "failed_at" = clock_timestamp(), "started_by" = NULL, "deadline" = NULL,
       ended_run_id = $4, "error_code" = $5, "error_message" = $6
 WHERE "id" = $1 AND "run_id" = $2 AND "started_at" = $3::timestamptz AND "status" = 'processing';

-- cancel
UPDATE "switchyard_jobs"."orders"
   SET "status" = 'canceled', "canceled_at" = clock_timestamp(), "started_by" = NULL, "deadline" = NULL,
       ended_run_id = $4
 WHERE "id" = $1 AND "run_id" = $2 AND "started_at" = $3::timestamptz AND "status" = 'processing';

-- noteRefusal
SELECT switchyard.note_refusal('orders', $1, $2, $3);

-- noteRepair
SELECT switchyard.note_repair('orders', $1, $2, $3);

-- hold
INSERT INTO switchyard.watches AS watch (queue, held_by, held_until)
VALUES ('orders', $1, clock_timestamp() + $2 * interval '1 millisecond')
ON CONFLICT (queue) DO UPDATE SET held_by = excluded.held_by, held_until = excluded.held_until
 WHERE watch.held_by = excluded.held_by OR watch.held_until < clock_timestamp()
RETURNING (extract(epoch FROM closed_since) * 1000)::double precision AS closed_since_ms,
          (to_jsonb(swept_at) #>> '{}') AS swept_at, swept_id;

-- letGo
UPDATE switchyard.watches SET held_until = clock_timestamp() WHERE queue = 'orders' AND held_by = $1;

-- keepClosedSince
UPDATE switchyard.watches SET closed_since = to_timestamp($2::double precision / 1000)
 WHERE queue = 'orders' AND held_by = $1;

-- keepSwept
UPDATE switchyard.watches SET swept_at = $2::timestamptz, swept_id = $3
 WHERE queue = 'orders' AND held_by = $1;

-- shown
SELECT "id"::text AS id, "workflow_id" AS workflow_id
  FROM "switchyard_jobs"."orders"
 WHERE "id" = ANY ($1::uuid[]) AND NOT mirror_due;

-- removeSignals
DELETE FROM switchyard.signals WHERE queue = 'orders' AND job_id = ANY ($1::text[]);
