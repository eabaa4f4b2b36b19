import { quoteColumn, quoteLiteral } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { attemptOf, namesOf } from './names.ts';
import { holdsQueueOrKey } from './pauses.ts';

/** The statements that say why a job of one queue is not running. None reads more rows than it is told. */
export type WhyStatements = ReturnType<typeof whyStatements>;

export function whyStatements(queue: QueueDefinition) {
  const { table, name, c, s } = namesOf(queue);
  const attempt = attemptOf(`job.${c.attempt}`);
  const key = queue.key === undefined ? `''` : `coalesce(job.${quoteColumn(queue.key.column)}, '')`;
  const { parking } = queue;
  const parkingColumn = (column: string | undefined, type: string) =>
    column === undefined ? `NULL::${type}` : `job.${quoteColumn(column)}`;
  const holdsPlace = parking?.holdsKey
    ? `job.${c.status} IN (${s.inFlight}, ${quoteLiteral(parking.state)})`
    : `job.${c.status} = ${s.inFlight}`;
  const order = queue.order.map((term) => `job.${quoteColumn(term.column)} ${term.direction}`).join(', ');
  const orderInPartition = queue.order
    .filter((term) => term.column !== queue.columns.priority)
    .map((term) => `job.${quoteColumn(term.column)} ${term.direction}`)
    .join(', ');
  const waiting = `job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL`;
  /** A claim passes over what was refused, for longer each time, but for the job that is asked about. */
  const counts = `(job.${c.id} = $1 OR NOT EXISTS (
             SELECT FROM switchyard.job_events AS event
              WHERE event.queue = ${name} AND event.job_id = job.${c.id}::text
                AND event.attempt = ${attempt} AND event.code IN ('START_REFUSED', 'ID_TAKEN')))`;

  return {
    /** $1 id. What the row itself says, and how often its start was refused in this attempt. */
    job: `
      SELECT job.${c.status}::text AS word, job.${c.runAt} AS run_at, job.${c.runAt} > clock_timestamp() AS is_later,
             job.${c.priority}::double precision AS priority, job.${c.priority}::text AS exact_priority, ${key} AS key,
             job.${c.cancelRequestedAt} AS cancel_requested_at,
             ${parkingColumn(parking?.question, 'jsonb')} ->> 'message' AS question,
             ${parkingColumn(parking?.answer, 'jsonb')} IS NOT NULL AS is_answered,
             ${parkingColumn(parking?.answerBy, 'timestamptz')} AS answer_by,
             coalesce(refused.times, 0) AS refused_times, refused.at AS refused_at, refused.code AS refused_code,
             refused.detail AS refused_detail
        FROM ${table} AS job
        LEFT JOIN LATERAL (
          SELECT count(*)::integer AS times, max(event.at) AS at,
                 (array_agg(event.code ORDER BY event.id DESC))[1] AS code,
                 (array_agg(event.detail ORDER BY event.id DESC))[1] AS detail
            FROM switchyard.job_events AS event
           WHERE event.queue = ${name} AND event.job_id = job.${c.id}::text
             AND event.attempt = ${attempt} AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refused ON true
       WHERE job.${c.id} = $1`,

    /** $1 a key, '' for none. The pauses that hold a job of this key; those of the breaker as well. */
    pauses: `
      SELECT scope, key, system, reason, paused_by, paused_at, automatic
        FROM switchyard.pauses
       WHERE ${holdsQueueOrKey(queue)} AND (scope <> 'key' OR key = $1)
       ORDER BY automatic, id
       LIMIT 20`,

    /** $1 a key. How many of its jobs are in flight, and how many may be; NULL: no limit. */
    keyLimit: `
      SELECT (SELECT count(*)::integer FROM ${table} AS job WHERE ${holdsPlace} AND ${key} = $1) AS in_flight,
             coalesce((SELECT in_flight FROM switchyard.key_limits WHERE queue = ${name} AND key = $1),
                      (SELECT in_flight_per_key FROM switchyard.limits WHERE queue = ${name}),
                      ${queue.key?.maxInFlight ?? 'NULL'}::integer) AS max_in_flight`,

    /** $1 id, $2 how many rows to look at. The place of a waiting job in the order of the queue, from 1; no row: it is farther behind. */
    place: `
      SELECT place::integer AS place
        FROM (SELECT job.${c.id} AS id, row_number() OVER (ORDER BY ${order}) AS place
                FROM ${table} AS job
               WHERE ${waiting} AND ${counts}
               ORDER BY ${order}
               LIMIT $2) AS first
       WHERE id = $1`,

    /** The same among the jobs of its priority $3 and key $4. $3 gets the type of the column from the subquery. */
    placeInPartition: `
      SELECT place::integer AS place
        FROM (SELECT job.${c.id} AS id, row_number() OVER (ORDER BY ${orderInPartition}) AS place
                FROM ${table} AS job
               WHERE ${waiting} AND ${counts}
                 AND job.${c.priority} = coalesce($3, (SELECT ${c.priority} FROM (SELECT ${c.priority} FROM ${table} LIMIT 0) AS none))
                 AND ${key} = $4
               ORDER BY ${orderInPartition}
               LIMIT $2) AS first
       WHERE id = $1`,

    /** $1 how many to count, $2 a priority. The waiting jobs of lower priority numbers. */
    ofLowerPriority: `
      SELECT count(*)::integer AS jobs
        FROM (SELECT FROM ${table} AS job
               WHERE ${waiting}
                 AND job.${c.priority} < coalesce($2, (SELECT ${c.priority} FROM (SELECT ${c.priority} FROM ${table} LIMIT 0) AS none))
               LIMIT $1) AS counted`,
  };
}
