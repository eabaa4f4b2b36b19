-- lockQueue
SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext('orders'));

-- hasRoom
SELECT coalesce((SELECT count(*) FROM "switchyard_jobs"."orders" AS job WHERE job."status" = 'processing') < coalesce(
         (SELECT in_flight FROM switchyard.limits WHERE queue = 'orders'),
         NULL::integer), true)
   AND coalesce((SELECT count(*) FROM "switchyard_jobs"."orders" AS job
                  WHERE job."status" = 'processing'
                    AND coalesce(job."key", '') = coalesce(this."key", '')) < coalesce(
         (SELECT in_flight FROM switchyard.key_limits WHERE queue = 'orders' AND key = coalesce(this."key", '')),
         limits.in_flight_per_key, NULL::integer), true) AS has_room
  FROM "switchyard_jobs"."orders" AS this
  LEFT JOIN switchyard.limits ON limits.queue = 'orders'
 WHERE this."id" = $1;
