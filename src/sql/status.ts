import { mapWords, quoteColumn, quoteLiteral } from '../platform/database.ts';

/** The statements by which people look at queues, whatever code defines them. */

/** No state is counted past this, so that a look costs the same whatever waits. */
export const countsUpTo = 10_000;

/** All queues of the registry, or the one that $1 names; with the columns that its table has. */
export const registeredQueues = `
  SELECT queue.name, kind, format('%I.%I', place.schema, place.name) AS job_table, columns, states, workflow, task_queue,
         source::text AS source, source_id, start_when, input, workflow_id, key, priority, run_at, search_attributes, mirror,
         id_type, input_is_args, execution_timeout::text AS execution_timeout, run_timeout::text AS run_timeout,
         coalesce(in_flight, max_in_flight) AS in_flight, coalesce(in_flight_per_key, max_per_key) AS in_flight_per_key,
         starts_per_second, coalesce(limits.fair, queue.fair) AS fair,
         limits.in_flight AS set_in_flight, limits.in_flight_per_key AS set_in_flight_per_key,
         limits.fair AS set_fair,
         (SELECT coalesce(jsonb_object_agg(attname, format_type(atttypid, NULL)), '{}') FROM pg_catalog.pg_attribute
           WHERE attrelid = to_regclass(format('%I.%I', place.schema, place.name)) AND attnum > 0 AND NOT attisdropped
         ) AS types,
         ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
                WHERE attrelid = to_regclass(format('%I.%I', place.schema, place.name)) AND attnum > 0 AND NOT attisdropped
              ) AS attributes
    FROM switchyard.queues AS queue
         LEFT JOIN switchyard.limits ON limits.queue = queue.name,
         LATERAL (SELECT split_part(job_table, '.', 1), substr(job_table, strpos(job_table, '.') + 1)) AS place (schema, name)
   WHERE $1::text IS NULL OR queue.name = $1
   ORDER BY queue.name`;

export const openPauses = `
  SELECT scope, queue, key, system, reason, paused_by, paused_at, automatic
    FROM switchyard.pauses
   WHERE resumed_at IS NULL
   ORDER BY id
   LIMIT 1000`;

/** Who looks after the ends of a queue's workflows, and whether a starter ever asked to be woken for it. */
export const servedQueues = `
  SELECT queue, watches.held_by,
         coalesce(held_until > clock_timestamp(), false) AS watched, coalesce(armed OR signals, false) AS rings
    FROM switchyard.watches FULL JOIN switchyard.doorbells USING (queue)`;

/** By the names of their connections, which everybody may read. A connection pooler may hide them. */
export const connectedStarters = `
  SELECT DISTINCT regexp_replace(application_name, '^switchyard starter | doorbell$', '', 'g') AS starter
    FROM pg_catalog.pg_stat_activity
   WHERE datname = current_database() AND application_name LIKE 'switchyard starter %'
   ORDER BY starter`;

/** What the statements on a job table go by, as the table calls it. */
interface JobTable {
  /** As SQL, quoted by Postgres. */
  table: string;
  columns: Record<
    | 'id'
    | 'status'
    | 'runAt'
    | 'startedAt'
    | 'priority'
    | 'createdAt'
    | 'failedAt'
    | 'canceledAt'
    | 'errorCode'
    | 'errorMessage',
    string
  >;
  /** `parked` is empty where jobs never park. */
  states: Record<'waiting' | 'inFlight' | 'failed' | 'canceled' | 'parked', string>;
}

/** They go by the partial indexes of each state, where the table has them. `waitingOrder`, as SQL, is that of the claims. */
export function jobsStatements({ table, columns, states }: JobTable, waitingOrder: string) {
  const c = mapWords(columns, quoteColumn);
  const s = mapWords(states, quoteLiteral);
  // In the order of an index: without one a few rows of a state are looked for in the whole table, where the planner takes them for many.
  const counted = (where: string, order: string) =>
    `(SELECT count(*)::integer FROM (SELECT FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ${countsUpTo}) AS counted)`;
  const waiting = `${c.status} = ${s.waiting} AND ${c.runAt} IS NULL`;
  return {
    count: `
      SELECT ${counted(waiting, waitingOrder)} AS queued,
             ${counted(`${c.status} = ${s.waiting} AND ${c.runAt} IS NOT NULL`, c.runAt)} AS delayed,
             ${counted(`${c.status} = ${s.inFlight}`, c.startedAt)} AS processing,
             ${states.parked === '' ? '0' : counted(`${c.status} = ${s.parked}`, c.startedAt)} AS parked,
             ${counted(`${c.status} = ${s.failed} AND ${c.failedAt} IS NOT NULL`, c.failedAt)} AS failed,
             ${counted(`${c.status} = ${s.canceled} AND ${c.canceledAt} IS NOT NULL`, c.canceledAt)} AS canceled`,

    // The first of each priority: the index begins with it, and the oldest of all may have any.
    oldestWaiting: `
      WITH RECURSIVE first AS (
        (SELECT ${c.priority} AS priority, ${c.createdAt} AS created_at FROM ${table}
          WHERE ${waiting} ORDER BY ${c.priority}, ${c.createdAt} LIMIT 1)
        UNION ALL
        SELECT later.* FROM first, LATERAL (
          SELECT ${c.priority}, ${c.createdAt} FROM ${table}
           WHERE ${waiting} AND ${c.priority} > first.priority ORDER BY ${c.priority}, ${c.createdAt} LIMIT 1) AS later
      )
      SELECT extract(epoch FROM clock_timestamp() - min(created_at))::double precision AS seconds
        FROM (SELECT created_at FROM first LIMIT 1000) AS oldest`,

    lastErrors: `
      SELECT code, count(*)::integer AS jobs, max(failed_at) AS last_at
        FROM (SELECT ${c.errorCode}::text AS code, ${c.failedAt} AS failed_at FROM ${table}
               WHERE ${c.status} = ${s.failed} ORDER BY ${c.failedAt} DESC LIMIT 1000) AS latest
       GROUP BY code
       ORDER BY max(failed_at) DESC
       LIMIT 5`,

    lastFailed: `
      SELECT ${c.id}::text AS id, ${c.errorCode}::text AS code, ${c.errorMessage}::text AS message, ${c.failedAt} AS failed_at
        FROM ${table}
       WHERE ${c.status} = ${s.failed}
       ORDER BY ${c.failedAt} DESC
       LIMIT 10`,
  };
}
