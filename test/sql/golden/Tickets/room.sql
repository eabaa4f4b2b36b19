-- lockQueue
SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext('Tickets'));

-- hasRoom
SELECT coalesce((SELECT count(*) FROM "switchyard_jobs"."Tickets" AS job WHERE job."status" = 'processing') < coalesce(
         (SELECT in_flight FROM switchyard.limits WHERE queue = 'Tickets'),
         5::integer), true)
   AND coalesce((SELECT count(*) FROM "switchyard_jobs"."Tickets" AS job
                  WHERE job."status" = 'processing'
                    AND coalesce(job."key", '') = coalesce(this."key", '')) < coalesce(
         (SELECT in_flight FROM switchyard.key_limits WHERE queue = 'Tickets' AND key = coalesce(this."key", '')),
         limits.in_flight_per_key, 1::integer), true) AS has_room
  FROM "switchyard_jobs"."Tickets" AS this
  LEFT JOIN switchyard.limits ON limits.queue = 'Tickets'
 WHERE this."id" = $1;
