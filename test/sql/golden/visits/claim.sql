-- lockQueue
SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext('visits'));

-- admission
SELECT limits.in_flight AS max_in_flight, limits.in_flight_per_key AS max_per_key, limits.fair,
       limits.starts_per_second AS rate,
       (SELECT least(greatest(1, limits.starts_per_second),
                     tokens + limits.starts_per_second * extract(epoch FROM clock_timestamp() - filled_at))
          FROM switchyard.start_rates WHERE queue = 'visits')::double precision AS tokens,
       EXISTS (SELECT FROM switchyard.key_limits WHERE queue = 'visits') AS limits_keys,
       (SELECT jsonb_agg(jsonb_build_object('scope', scope, 'key', key, 'automatic', automatic, 'probes', probes))
          FROM switchyard.pauses
         WHERE resumed_at IS NULL AND (queue = 'visits' OR system IN ('x-ray', 'laboratory', ''))) AS pauses,
       coalesce(in_flight.jobs, 0) AS in_flight,
       (
         EXISTS (SELECT FROM "public"."letters" AS job
                  WHERE job."status" = 'queued' AND job."run_at" IS NULL
                    AND (SELECT count(*)::integer FROM switchyard.job_events AS event
                          WHERE event.queue = 'letters' AND event.job_id = job."id"::text
                            AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) = 0)
         AND NOT EXISTS (SELECT FROM switchyard.pauses WHERE resumed_at IS NULL AND (queue = 'letters' OR system IN ('')) AND scope <> 'key')
         AND coalesce((SELECT count(*) FROM "public"."letters" AS job WHERE job."status" = 'processing') < coalesce(
               (SELECT in_flight FROM switchyard.limits WHERE queue = 'letters'),
               3::integer), true)) AS another_goes_first,
       (to_jsonb(in_flight.since) #>> '{}') AS in_flight_since, in_flight.before AS in_flight_before
  FROM (SELECT count(*)::integer AS jobs,
               CASE WHEN count(*) <= 200 THEN statement_timestamp()
                    ELSE least(min(at), statement_timestamp()) END - interval '1 minute' AS since,
               CASE WHEN count(*) <= 200
                    THEN array_agg(id) FILTER (WHERE at < statement_timestamp() - interval '1 minute') END AS before
          FROM (SELECT "id"::text AS id, "started_at" AS at
                  FROM "public"."Visits"
                 WHERE "status" = 'with the doctor' AND "started_at" >= $1
                 UNION ALL
                SELECT id::text, at
                  FROM (SELECT "id" AS id, "status" AS status, "started_at" AS at
                          FROM "public"."Visits"
                         WHERE "id" = ANY ($2::bigint[])
                        OFFSET 0) AS known
                 WHERE status = 'with the doctor' AND at < $1) AS each
       ) AS in_flight
  LEFT JOIN switchyard.limits ON limits.queue = 'visits';

-- claimFew
WITH admission AS MATERIALIZED (
SELECT limits.in_flight AS max_in_flight, limits.in_flight_per_key AS max_per_key, limits.fair,
       limits.starts_per_second AS rate,
       (SELECT least(greatest(1, limits.starts_per_second),
                     tokens + limits.starts_per_second * extract(epoch FROM clock_timestamp() - filled_at))
          FROM switchyard.start_rates WHERE queue = 'visits')::double precision AS tokens,
       EXISTS (SELECT FROM switchyard.key_limits WHERE queue = 'visits') AS limits_keys,
       (SELECT jsonb_agg(jsonb_build_object('scope', scope, 'key', key, 'automatic', automatic, 'probes', probes))
          FROM switchyard.pauses
         WHERE resumed_at IS NULL AND (queue = 'visits' OR system IN ('x-ray', 'laboratory', ''))) AS pauses,
       coalesce(in_flight.jobs, 0) AS in_flight,
       (
         EXISTS (SELECT FROM "public"."letters" AS job
                  WHERE job."status" = 'queued' AND job."run_at" IS NULL
                    AND (SELECT count(*)::integer FROM switchyard.job_events AS event
                          WHERE event.queue = 'letters' AND event.job_id = job."id"::text
                            AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) = 0)
         AND NOT EXISTS (SELECT FROM switchyard.pauses WHERE resumed_at IS NULL AND (queue = 'letters' OR system IN ('')) AND scope <> 'key')
         AND coalesce((SELECT count(*) FROM "public"."letters" AS job WHERE job."status" = 'processing') < coalesce(
               (SELECT in_flight FROM switchyard.limits WHERE queue = 'letters'),
               3::integer), true)) AS another_goes_first,
       (to_jsonb(in_flight.since) #>> '{}') AS in_flight_since, in_flight.before AS in_flight_before
  FROM (SELECT count(*)::integer AS jobs,
               CASE WHEN count(*) <= 200 THEN statement_timestamp()
                    ELSE least(min(at), statement_timestamp()) END - interval '1 minute' AS since,
               CASE WHEN count(*) <= 200
                    THEN array_agg(id) FILTER (WHERE at < statement_timestamp() - interval '1 minute') END AS before
          FROM (SELECT "id"::text AS id, "started_at" AS at
                  FROM "public"."Visits"
                 WHERE "status" = 'with the doctor' AND "started_at" >= $1
                 UNION ALL
                SELECT id::text, at
                  FROM (SELECT "id" AS id, "status" AS status, "started_at" AS at
                          FROM "public"."Visits"
                         WHERE "id" = ANY ($2::bigint[])
                        OFFSET 0) AS known
                 WHERE status = 'with the doctor' AND at < $1) AS each
       ) AS in_flight
  LEFT JOIN switchyard.limits ON limits.queue = 'visits'
), few AS MATERIALIZED (
  SELECT count(*)::integer AS jobs
    FROM (SELECT
            FROM "public"."Visits" AS job
           WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
             AND job."id"::text NOT IN (SELECT unnest($3::text[]))
           ORDER BY job."priority" ASC, job."came_at" DESC, job."id" ASC
           LIMIT 11) AS waiting
)
SELECT admission.*, few.jobs AS waiting, claimed.*
  FROM admission
 CROSS JOIN few
  LEFT JOIN LATERAL (
    SELECT job."id"::text AS id, job."run_id" AS run_id, job."priority"::double precision AS priority,
       job."Room ""A"""::text AS label, job."request_id"::text AS request_id, job."doctor"::text AS share,
       least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt,
       (SELECT count(*)::integer FROM switchyard.job_events AS event
         WHERE event.queue = 'visits' AND event.job_id = job."id"::text
           AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals
      FROM "public"."Visits" AS job
     WHERE few.jobs > 0 AND few.jobs <= least(10, coalesce(admission.max_in_flight, 5) - admission.in_flight)
       AND admission.pauses IS NULL AND admission.rate IS NULL AND NOT admission.another_goes_first
       AND admission.max_per_key IS NULL AND NOT admission.limits_keys
       AND job."status" = 'isn''t called' AND job."run_at" IS NULL
       AND job."id"::text NOT IN (SELECT unnest($3::text[]))
     ORDER BY job."priority" ASC, job."came_at" DESC, job."id" ASC
     LIMIT 10
       FOR UPDATE SKIP LOCKED) AS claimed ON true;

-- keepTokens
INSERT INTO switchyard.start_rates (queue, tokens, filled_at) VALUES ('visits', $1, clock_timestamp())
ON CONFLICT (queue) DO UPDATE SET tokens = excluded.tokens, filled_at = excluded.filled_at;

-- anyWaiting
SELECT EXISTS (
  SELECT FROM "public"."Visits" AS job
   WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
     AND job."id"::text NOT IN (SELECT unnest($1::text[]))) AS waits;

-- claim
SELECT job."id"::text AS id, job."run_id" AS run_id, job."priority"::double precision AS priority,
       job."Room ""A"""::text AS label, job."request_id"::text AS request_id, job."doctor"::text AS share,
       least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt,
       (SELECT count(*)::integer FROM switchyard.job_events AS event
         WHERE event.queue = 'visits' AND event.job_id = job."id"::text
           AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals
  FROM "public"."Visits" AS job
 WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
   AND job."id"::text NOT IN (SELECT unnest($2::text[]))
 ORDER BY job."priority" ASC, job."came_at" DESC, job."id" ASC
 LIMIT $1
   FOR UPDATE SKIP LOCKED;

-- partitions
WITH RECURSIVE in_flight AS MATERIALIZED (
  SELECT key, share, runs, count(*) AS jobs
    FROM (SELECT coalesce("patient", '') AS key, coalesce("doctor"::text, '') AS share, "status" = 'with the doctor' AS runs
            FROM "public"."Visits"
           WHERE "status" = 'with the doctor' AND "started_at" >= $4
           UNION ALL
          SELECT coalesce("patient", '') AS key, coalesce("doctor"::text, '') AS share, "status" = 'with the doctor' AS runs
            FROM (SELECT * FROM "public"."Visits" WHERE "id" = ANY ($6::bigint[]) OFFSET 0) AS known
           WHERE "status" = 'with the doctor' AND "started_at" < $4
           UNION ALL
          SELECT coalesce("patient", '') AS key, coalesce("doctor"::text, '') AS share, "status" = 'with the doctor' AS runs
            FROM "public"."Visits"
           WHERE "status" = 'asking') AS each
   GROUP BY 1, 2, 3
), of_key AS MATERIALIZED (
  SELECT jsonb_object_agg(key, jobs) AS jobs
    FROM (SELECT key, sum(jobs) AS jobs FROM in_flight GROUP BY 1) AS sums
), of_share AS MATERIALIZED (
  SELECT jsonb_object_agg(share, jobs) AS jobs
    FROM (SELECT share, sum(jobs) AS jobs FROM in_flight WHERE runs GROUP BY 1) AS sums
), partition AS (
  (SELECT job."priority" AS priority, coalesce(job."patient", '') AS key, coalesce(job."doctor"::text, '') AS share
     FROM "public"."Visits" AS job
    WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
      AND job."id"::text NOT IN (SELECT unnest($5::text[]))
    ORDER BY job."priority", coalesce(job."patient", '')
    LIMIT 1)
  UNION ALL
  SELECT following.*
    FROM partition
   CROSS JOIN LATERAL (
     SELECT job."priority" AS priority, coalesce(job."patient", '') AS key, coalesce(job."doctor"::text, '') AS share
       FROM "public"."Visits" AS job
      WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
        AND (job."priority", coalesce(job."patient", '')) > (partition.priority, partition.key)
        AND job."id"::text NOT IN (SELECT unnest($5::text[]))
      ORDER BY job."priority", coalesce(job."patient", '')
      LIMIT 1) AS following
), counted AS (
  SELECT partition.*,
         coalesce(((SELECT jobs FROM of_key) -> partition.key)::integer, 0) AS in_flight,
         coalesce(((SELECT jobs FROM of_share) -> partition.share)::integer, 0) AS share_in_flight,
         coalesce((SELECT limits.in_flight FROM switchyard.key_limits AS limits
                    WHERE limits.queue = 'visits' AND limits.key = partition.key), $1::integer) AS max_in_flight
    FROM partition
)
SELECT priority::double precision AS priority, priority::text AS exact_priority, key, share, in_flight, share_in_flight,
       max_in_flight - in_flight AS room
  FROM counted
 WHERE (max_in_flight IS NULL OR in_flight < max_in_flight) AND key <> ALL ($2::text[])
 LIMIT $3;

-- partitionsBehind
WITH RECURSIVE in_flight AS MATERIALIZED (
  SELECT key, share, runs, count(*) AS jobs
    FROM (SELECT coalesce("patient", '') AS key, coalesce("doctor"::text, '') AS share, "status" = 'with the doctor' AS runs
            FROM "public"."Visits"
           WHERE "status" = 'with the doctor' AND "started_at" >= $4
           UNION ALL
          SELECT coalesce("patient", '') AS key, coalesce("doctor"::text, '') AS share, "status" = 'with the doctor' AS runs
            FROM (SELECT * FROM "public"."Visits" WHERE "id" = ANY ($6::bigint[]) OFFSET 0) AS known
           WHERE "status" = 'with the doctor' AND "started_at" < $4
           UNION ALL
          SELECT coalesce("patient", '') AS key, coalesce("doctor"::text, '') AS share, "status" = 'with the doctor' AS runs
            FROM "public"."Visits"
           WHERE "status" = 'asking') AS each
   GROUP BY 1, 2, 3
), of_key AS MATERIALIZED (
  SELECT jsonb_object_agg(key, jobs) AS jobs
    FROM (SELECT key, sum(jobs) AS jobs FROM in_flight GROUP BY 1) AS sums
), of_share AS MATERIALIZED (
  SELECT jsonb_object_agg(share, jobs) AS jobs
    FROM (SELECT share, sum(jobs) AS jobs FROM in_flight WHERE runs GROUP BY 1) AS sums
), partition AS (
  (SELECT job."priority" AS priority, coalesce(job."patient", '') AS key, coalesce(job."doctor"::text, '') AS share
     FROM "public"."Visits" AS job
    WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
      AND (job."priority", coalesce(job."patient", ''))
          > (coalesce($7, (SELECT "priority" FROM (SELECT "priority" FROM "public"."Visits" LIMIT 0) AS none)), $8::text)
      AND job."id"::text NOT IN (SELECT unnest($5::text[]))
    ORDER BY job."priority", coalesce(job."patient", '')
    LIMIT 1)
  UNION ALL
  SELECT following.*
    FROM partition
   CROSS JOIN LATERAL (
     SELECT job."priority" AS priority, coalesce(job."patient", '') AS key, coalesce(job."doctor"::text, '') AS share
       FROM "public"."Visits" AS job
      WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
        AND (job."priority", coalesce(job."patient", '')) > (partition.priority, partition.key)
        AND job."id"::text NOT IN (SELECT unnest($5::text[]))
      ORDER BY job."priority", coalesce(job."patient", '')
      LIMIT 1) AS following
), counted AS (
  SELECT partition.*,
         coalesce(((SELECT jobs FROM of_key) -> partition.key)::integer, 0) AS in_flight,
         coalesce(((SELECT jobs FROM of_share) -> partition.share)::integer, 0) AS share_in_flight,
         coalesce((SELECT limits.in_flight FROM switchyard.key_limits AS limits
                    WHERE limits.queue = 'visits' AND limits.key = partition.key), $1::integer) AS max_in_flight
    FROM partition
)
SELECT priority::double precision AS priority, priority::text AS exact_priority, key, share, in_flight, share_in_flight,
       max_in_flight - in_flight AS room
  FROM counted
 WHERE (max_in_flight IS NULL OR in_flight < max_in_flight) AND key <> ALL ($2::text[])
 LIMIT $3;

-- claimShares
SELECT claimed.*
  FROM unnest(
         coalesce($1, (SELECT array_agg("priority") FROM (SELECT "priority" FROM "public"."Visits" LIMIT 0) AS none)),
         $2::text[], $3::integer[]) WITH ORDINALITY AS share (priority, key, jobs, place)
 CROSS JOIN LATERAL (
   SELECT job."id"::text AS id, job."run_id" AS run_id, job."priority"::double precision AS priority,
          job."Room ""A"""::text AS label, job."request_id"::text AS request_id, job."doctor"::text AS share,
          least(coalesce(job."attempt", 0), 2147483647)::integer AS attempt,
          (SELECT count(*)::integer FROM switchyard.job_events AS event
            WHERE event.queue = 'visits' AND event.job_id = job."id"::text
              AND event.attempt = least(coalesce(job."attempt", 0), 2147483647)::integer AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals
     FROM "public"."Visits" AS job
    WHERE job."status" = 'isn''t called' AND job."run_at" IS NULL
      AND job."priority" = share.priority AND coalesce(job."patient", '') = share.key
      AND job."id"::text NOT IN (SELECT unnest($4::text[]))
    ORDER BY job."came_at" DESC, job."id" ASC
    LIMIT share.jobs
      FOR UPDATE SKIP LOCKED) AS claimed
 ORDER BY share.place;
