/** The statements that read the registry of queues. */

/** All watched queues, as `WatchedQueueRow`. */
export const watchedQueues = `
  SELECT name, id_type, workflow, task_queue, input_is_args,
         (extract(epoch FROM execution_timeout) * 1000)::double precision AS execution_timeout_ms,
         (extract(epoch FROM run_timeout) * 1000)::double precision AS run_timeout_ms,
         max_in_flight, max_per_key, fair, source::text AS source, source_id, mirror
    FROM switchyard.queues
   WHERE kind = 'watched'
   ORDER BY name`;

/** By the catalog, which needs no right. */
export const registryIsThere = `
  SELECT FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
   WHERE nspname = 'switchyard' AND relname = 'queues'`;
