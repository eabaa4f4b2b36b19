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
       (to_jsonb(least(in_flight.oldest, clock_timestamp()) - interval '1 minute') #>> '{}') AS in_flight_since
  FROM (SELECT count(*)::integer AS jobs, min("started_at") AS oldest
          FROM "public"."letters"
         WHERE "status" = 'processing' AND "started_at" >= '2026-01-01T00:00:00+00:00') AS in_flight
  LEFT JOIN switchyard.limits ON limits.queue = 'letters';

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
