/** The statements by which a definition is compared with the registry, and changed. */

/** Two that define or change a queue of one name come one after the other, until the transaction ends. $1 name. */
export const lockQueueName = 'SELECT switchyard.lock_queue_name($1::text)';

/** What the registry says of a queue: $1 name, $2 the table that it should have, or NULL. Times are in milliseconds. */
export const queueDefinition = `
  SELECT kind, workflow, task_queue, input_is_args,
         (extract(epoch FROM execution_timeout) * 1000)::double precision AS execution_timeout,
         (extract(epoch FROM run_timeout) * 1000)::double precision AS run_timeout,
         max_in_flight, max_per_key, fair, source::text AS source, source_id, start_when, input, workflow_id, key, priority, run_at,
         search_attributes, mirror, source::oid IS NOT DISTINCT FROM to_regclass($2::text)::oid AS same_source
    FROM switchyard.queues
   WHERE name = $1`;

/** The names of all watched queues. */
export const watchedNames = `SELECT name FROM switchyard.queues WHERE kind = 'watched' ORDER BY name`;

/** $1 name, $2 changes. */
export const alterQueue = 'SELECT switchyard.alter_queue($1::text, $2::text::jsonb)';
