-- lockQueue
SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext('letters'));

-- admission
SELECT limits.in_flight AS max_in_flight, limits.in_flight_per_key AS max_per_key, limits.fair,
       limits.starts_per_second AS rate,
       (SELECT least(greatest(1, limits.starts_per_second),
                     tokens + limits.starts_per_second * extract(epoch FROM clock_timestamp() - filled_at))
          FROM switchyard.start_rates WHERE queue = 'letters')::double precision AS tokens,
       EXISTS (SELECT FROM switchyard.key_limits WHERE queue = 'letters') AS limits_keys,
       (SELECT jsonb_agg(jsonb_build_object('scope', scope, 'key', key, 'automatic', automatic, 'probes', probes))
          FROM switchyard.pauses
         WHERE resumed_at IS NULL AND (queue = 'letters' OR system IN (''))) AS pauses,
       coalesce(in_flight.jobs, 0) AS in_flight,
       false AS another_goes_first,
       (to_jsonb(in_flight.since) #>> '{}') AS in_flight_since, in_flight.before AS in_flight_before
  FROM (SELECT count(*)::integer AS jobs,
               CASE WHEN count(*) <= 200 THEN statement_timestamp()
                    ELSE least(min(at), statement_timestamp()) END - interval '1 minute' AS since,
               CASE WHEN count(*) <= 200
                    THEN array_agg(id) FILTER (WHERE at < statement_timestamp() - interval '1 minute') END AS before
          FROM (SELECT "id"::text AS id, "started_at" AS at
                  FROM "public"."letters"
                 WHERE "status" = 'processing' AND "started_at" >= $1
                 UNION ALL
                SELECT id::text, at
                  FROM (SELECT "id" AS id, "status" AS status, "started_at" AS at
                          FROM "public"."letters"
                         WHERE "id" = ANY ($2::uuid[])
                        OFFSET 0) AS known
                 WHERE status = 'processing' AND at < $1) AS each
       ) AS in_flight
  LEFT JOIN switchyard.limits ON limits.queue = 'letters';

-- claimFew
WITH admission AS MATERIALIZED (
SELECT limits.in_flight AS max_in_flight, limits.in_flight_per_key AS max_per_key, limits.fair,
       limits.starts_per_second AS rate,
       (SELECT least(greatest(1, limits.starts_per_second),
                     tokens + limits.starts_per_second * extract(epoch FROM clock_timestamp() - filled_at))
          FROM switchyard.start_rates WHERE queue = 'letters')::double precision AS tokens,
       EXISTS (SELECT FROM switchyard.key_limits WHERE queue = 'letters') AS limits_keys,
       (SELECT jsonb_agg(jsonb_build_object('scope', scope, 'key', key, 'automatic', automatic, 'probes', probes))
          FROM switchyard.pauses
         WHERE resumed_at IS NULL AND (queue = 'letters' OR system IN (''))) AS pauses,
       coalesce(in_flight.jobs, 0) AS in_flight,
       false AS another_goes_first,
       (to_jsonb(in_flight.since) #>> '{}') AS in_flight_since, in_flight.before AS in_flight_before
  FROM (SELECT count(*)::integer AS jobs,
               CASE WHEN count(*) <= 200 THEN statement_timestamp()
                    ELSE least(min(at), statement_timestamp()) END - interval '1 minute' AS since,
               CASE WHEN count(*) <= 200
                    THEN array_agg(id) FILTER (WHERE at < statement_timestamp() - interval '1 minute') END AS before
          FROM (SELECT "id"::text AS id, "started_at" AS at
                  FROM "public"."letters"
                 WHERE "status" = 'processing' AND "started_at" >= $1
                 UNION ALL
                SELECT id::text, at
                  FROM (SELECT "id" AS id, "status" AS status, "started_at" AS at
                          FROM "public"."letters"
                         WHERE "id" = ANY ($2::uuid[])
                        OFFSET 0) AS known
                 WHERE status = 'processing' AND at < $1) AS each
       ) AS in_flight
  LEFT JOIN switchyard.limits ON limits.queue = 'letters'
), few AS MATERIALIZED (
  SELECT count(*)::integer AS jobs
    FROM (SELECT
            FROM "public"."letters" AS job
           WHERE job."status" = 'queued' AND job."run_at" IS NULL
             AND job."id"::text NOT IN (SELECT unnest($3::text[]))
           ORDER BY job."priority" ASC, job."created_at" ASC, job."id" ASC
           LIMIT 11) AS waiting
)
SELECT admission.*, few.jobs AS waiting, claimed.*
  FROM admission
 CROSS JOIN few
  LEFT JOIN LATERAL (
    SELECT job."id"::text AS id, job."run_id" AS run_id, job."priority"::double precision AS priority,
       job."subject"::text AS label, job."request_id"::text AS request_id, NULL AS share,
       least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt,
       (SELECT count(*)::integer FROM switchyard.job_events AS event
         WHERE event.queue = 'letters' AND event.job_id = job."id"::text
           AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals
      FROM "public"."letters" AS job
     WHERE few.jobs > 0 AND admission.max_in_flight IS NULL AND few.jobs <= 10
       AND admission.pauses IS NULL AND admission.rate IS NULL AND NOT admission.another_goes_first
       AND admission.max_per_key IS NULL AND NOT admission.limits_keys
       AND job."status" = 'queued' AND job."run_at" IS NULL
       AND job."id"::text NOT IN (SELECT unnest($3::text[]))
     ORDER BY job."priority" ASC, job."created_at" ASC, job."id" ASC
     LIMIT 10
       FOR UPDATE SKIP LOCKED) AS claimed ON true;

-- keepTokens
INSERT INTO switchyard.start_rates (queue, tokens, filled_at) VALUES ('letters', $1, clock_timestamp())
ON CONFLICT (queue) DO UPDATE SET tokens = excluded.tokens, filled_at = excluded.filled_at;

-- anyWaiting
SELECT EXISTS (
  SELECT FROM "public"."letters" AS job
   WHERE job."status" = 'queued' AND job."run_at" IS NULL
     AND job."id"::text NOT IN (SELECT unnest($1::text[]))) AS waits;

-- claim
SELECT job."id"::text AS id, job."run_id" AS run_id, job."priority"::double precision AS priority,
       job."subject"::text AS label, job."request_id"::text AS request_id, NULL AS share,
       least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt,
       (SELECT count(*)::integer FROM switchyard.job_events AS event
         WHERE event.queue = 'letters' AND event.job_id = job."id"::text
           AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals
  FROM "public"."letters" AS job
 WHERE job."status" = 'queued' AND job."run_at" IS NULL
   AND job."id"::text NOT IN (SELECT unnest($2::text[]))
 ORDER BY job."priority" ASC, job."created_at" ASC, job."id" ASC
 LIMIT $1
   FOR UPDATE SKIP LOCKED;

-- claimFrom
SELECT job."id"::text AS id, job."run_id" AS run_id, job."priority"::double precision AS priority,
       job."subject"::text AS label, job."request_id"::text AS request_id, NULL AS share,
       least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt,
       (SELECT count(*)::integer FROM switchyard.job_events AS event
         WHERE event.queue = 'letters' AND event.job_id = job."id"::text
           AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals
  FROM "public"."letters" AS job
 WHERE job."status" = 'queued' AND job."run_at" IS NULL
   AND job."id"::text NOT IN (SELECT unnest($2::text[]))
   AND ("priority", "created_at", "id") >= (SELECT "priority", "created_at", "id" FROM "public"."letters" WHERE "id" = $3::uuid)
 ORDER BY job."priority" ASC, job."created_at" ASC, job."id" ASC
 LIMIT $1
   FOR UPDATE SKIP LOCKED;
