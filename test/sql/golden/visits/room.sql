-- lockQueue
SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext('visits'));

-- hasRoom
SELECT coalesce((SELECT count(*) FROM "public"."Visits" AS job WHERE job."status" = 'with the doctor') < coalesce(
         (SELECT in_flight FROM switchyard.limits WHERE queue = 'visits'),
         5::integer), true)
   AND coalesce((SELECT count(*) FROM "public"."Visits" AS job
                  WHERE job."status" IN ('with the doctor', 'asking') AND job."id" <> this."id"
                    AND coalesce(job."patient", '') = coalesce(this."patient", '')) < coalesce(
         (SELECT in_flight FROM switchyard.key_limits WHERE queue = 'visits' AND key = coalesce(this."patient", '')),
         limits.in_flight_per_key, 1::integer), true) AS has_room
  FROM "public"."Visits" AS this
  LEFT JOIN switchyard.limits ON limits.queue = 'visits'
 WHERE this."id" = $1;
