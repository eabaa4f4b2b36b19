-- lockQueue
SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext('letters'));

-- hasRoom
SELECT coalesce((SELECT count(*) FROM "public"."letters" AS job WHERE job."status" = 'processing') < coalesce(
         (SELECT in_flight FROM switchyard.limits WHERE queue = 'letters'),
         NULL::integer), true)
   AND coalesce((SELECT count(*) FROM "public"."letters" AS job
                  WHERE job."status" = 'processing'
                    AND '' = '') < coalesce(
         (SELECT in_flight FROM switchyard.key_limits WHERE queue = 'letters' AND key = ''),
         limits.in_flight_per_key, NULL::integer), true) AS has_room
  FROM "public"."letters" AS this
  LEFT JOIN switchyard.limits ON limits.queue = 'letters'
 WHERE this."id" = $1;
