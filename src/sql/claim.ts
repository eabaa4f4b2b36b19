import { exactTime, quoteColumn } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { keyTurnStatements } from './key-turns.ts';
import { attemptOf, namesOf } from './names.ts';
import { holdsQueue, holdsQueueOrKey } from './pauses.ts';
import { lockQueue } from './room.ts';

/** So many jobs in flight are remembered by their ids, and looked up one by one at the next count. */
const mostRemembered = 200;

/** The statements of a claim of one queue: what it may take, and the rows that it takes. */
export type ClaimStatements = ReturnType<typeof claimStatements>;

export function claimStatements(queue: QueueDefinition) {
  const { table, name, c, s } = namesOf(queue);
  const attempt = attemptOf(`job.${c.attempt}`);
  const share = queue.key ? `job.${quoteColumn(queue.key.shareColumn ?? queue.key.column)}::text` : 'NULL';
  const order = queue.order.map((term) => `job.${quoteColumn(term.column)} ${term.direction}`).join(', ');
  const place = queue.order.map((term) => quoteColumn(term.column)).join(', ');
  const [direction, ...otherDirections] = new Set(queue.order.map((term) => term.direction));
  const isMixed = otherDirections.length > 0;
  const atOrBehind = direction === 'DESC' ? '<=' : '>=';
  const anotherGoesFirst = queue.after ? goesFirst(queue.after) : 'false';

  /** The columns of a row that is claimed. */
  const claimed = `job.${c.id}::text AS id, job.${c.runId} AS run_id, job.${c.priority}::double precision AS priority,
             job.${c.label}::text AS label, job.${c.requestId}::text AS request_id, ${share} AS share,
             ${attempt} AS attempt,
             (SELECT count(*)::integer FROM switchyard.job_events AS event
               WHERE event.queue = ${name} AND event.job_id = job.${c.id}::text
                 AND event.attempt = ${attempt} AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals`;
  const admission = `
      SELECT limits.in_flight AS max_in_flight, limits.in_flight_per_key AS max_per_key, limits.fair,
             limits.starts_per_second AS rate,
             (SELECT least(greatest(1, limits.starts_per_second),
                           tokens + limits.starts_per_second * extract(epoch FROM clock_timestamp() - filled_at))
                FROM switchyard.start_rates WHERE queue = ${name})::double precision AS tokens,
             EXISTS (SELECT FROM switchyard.key_limits WHERE queue = ${name}) AS limits_keys,
             (SELECT jsonb_agg(jsonb_build_object('scope', scope, 'key', key, 'automatic', automatic, 'probes', probes))
                FROM switchyard.pauses
               WHERE ${holdsQueueOrKey(queue)}) AS pauses,
             coalesce(in_flight.jobs, 0) AS in_flight,
             ${anotherGoesFirst} AS another_goes_first,
             ${exactTime('in_flight.since')} AS in_flight_since, in_flight.before AS in_flight_before
        FROM (SELECT count(*)::integer AS jobs,
                     CASE WHEN count(*) <= ${mostRemembered} THEN statement_timestamp()
                          ELSE least(min(at), statement_timestamp()) END - interval '1 minute' AS since,
                     CASE WHEN count(*) <= ${mostRemembered}
                          THEN array_agg(id) FILTER (WHERE at < statement_timestamp() - interval '1 minute') END AS before
                FROM (SELECT ${c.id}::text AS id, ${c.startedAt} AS at
                        FROM ${table}
                       WHERE ${c.status} = ${s.inFlight} AND ${c.startedAt} >= $1
                       UNION ALL
                      SELECT id::text, at
                        FROM (SELECT ${c.id} AS id, ${c.status} AS status, ${c.startedAt} AS at
                                FROM ${table}
                               WHERE ${c.id} = ANY ($2::${queue.idType}[])
                              OFFSET 0) AS known
                       WHERE status = ${s.inFlight} AND at < $1) AS each
             ) AS in_flight
        LEFT JOIN switchyard.limits ON limits.queue = ${name}`;
  /** Whether nothing but a limit in flight holds rows back, and that leaves room for all of the few that wait. */
  const fewFit =
    queue.maxInFlight === null
      ? `admission.max_in_flight IS NULL AND few.jobs <= ${queue.batch}`
      : `few.jobs <= least(${queue.batch}, coalesce(admission.max_in_flight, ${queue.maxInFlight}) - admission.in_flight)`;

  return {
    lockQueue: lockQueue(queue),

    /**
     * $1 the time from which jobs in flight are counted, $2 ids of those that started before. The limits, the pauses and the tokens of the
     * rate, and how many jobs are in flight. So the count does not step over the dead index entries of all that have ended. `in_flight_since`
     * and `in_flight_before` are what the next count is given: a minute ago, and the few that started before; or, of many, a minute before
     * the oldest. OFFSET keeps the ids to the index of the ids: that of jobs in flight has the dead entries.
     */
    admission,

    /**
     * $1 and $2 as of `admission`, $3 ids to pass over. The same, how many rows wait (no more than a batch and one are counted), and these rows
     * where all of them may start: it locks those that it returns, like `claim`. So a claim of a few rows needs no other statement, and of
     * so few the order does not matter. One row at least; `id` is NULL where nothing was taken.
     */
    claimFew: `
      WITH admission AS MATERIALIZED (${admission}
      ), few AS MATERIALIZED (
        SELECT count(*)::integer AS jobs
          FROM (SELECT
                  FROM ${table} AS job
                 WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
                   AND job.${c.id}::text NOT IN (SELECT unnest($3::text[]))
                 ORDER BY ${order}
                 LIMIT ${queue.batch + 1}) AS waiting
      )
      SELECT admission.*, few.jobs AS waiting, claimed.*
        FROM admission
       CROSS JOIN few
        LEFT JOIN LATERAL (
          SELECT ${claimed}
            FROM ${table} AS job
           WHERE few.jobs > 0 AND ${fewFit}
             AND admission.pauses IS NULL AND admission.rate IS NULL AND NOT admission.another_goes_first
             AND admission.max_per_key IS NULL AND NOT admission.limits_keys
             AND job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
             AND job.${c.id}::text NOT IN (SELECT unnest($3::text[]))
           ORDER BY ${order}
           LIMIT ${queue.batch}
             FOR UPDATE SKIP LOCKED) AS claimed ON true`,

    /** $1 the tokens that are left, of a queue with a rate. */
    keepTokens: `
      INSERT INTO switchyard.start_rates (queue, tokens, filled_at) VALUES (${name}, $1, clock_timestamp())
      ON CONFLICT (queue) DO UPDATE SET tokens = excluded.tokens, filled_at = excluded.filled_at`,

    /** $1 ids to pass over. Whether any other row waits whose time has come, also one that somebody holds. */
    anyWaiting: `
      SELECT EXISTS (
        SELECT FROM ${table} AS job
         WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
           AND job.${c.id}::text NOT IN (SELECT unnest($1::text[]))) AS waits`,

    /**
     * $1 how many rows at most, $2 ids to pass over. Locks the rows that it returns, and skips those that others hold. Texts are
     * cast because an adopted table may have other types. `NOT IN` a subquery: Postgres hashes it, whereas before version 15 it
     * compares the elements of an array one by one.
     */
    claim: `
      SELECT ${claimed}
        FROM ${table} AS job
       WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
         AND job.${c.id}::text NOT IN (SELECT unnest($2::text[]))
       ORDER BY ${order}
       LIMIT $1
         FOR UPDATE SKIP LOCKED`,

    /**
     * The same for the rows from the place of the row $3 on, where Postgres begins its index scan. `undefined`: an order of mixed
     * directions has no such place.
     */
    claimFrom: isMixed
      ? undefined
      : `
      SELECT ${claimed}
        FROM ${table} AS job
       WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
         AND job.${c.id}::text NOT IN (SELECT unnest($2::text[]))
         AND (${place}) ${atOrBehind} (SELECT ${place} FROM ${table} WHERE ${c.id} = $3::${queue.idType})
       ORDER BY ${order}
       LIMIT $1
         FOR UPDATE SKIP LOCKED`,

    ...keyTurnStatements(queue),
  };
}

/** Whether jobs of the queue wait that could start. One whose start was refused does not count: it would hold up the others. */
function goesFirst(queue: QueueDefinition): string {
  const { table, name, c, s } = namesOf(queue);
  const attempt = attemptOf(`job.${c.attempt}`);
  const maxInFlight = queue.maxInFlight ?? 'NULL';
  return `(
               EXISTS (SELECT FROM ${table} AS job
                        WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
                          AND (SELECT count(*)::integer FROM switchyard.job_events AS event
                                WHERE event.queue = ${name} AND event.job_id = job.${c.id}::text
                                  AND event.attempt = ${attempt} AND event.code IN ('START_REFUSED', 'ID_TAKEN')) = 0)
               AND NOT EXISTS (SELECT FROM switchyard.pauses WHERE ${holdsQueue(queue)})
               AND coalesce((SELECT count(*) FROM ${table} AS job WHERE job.${c.status} = ${s.inFlight}) < coalesce(
                     (SELECT in_flight FROM switchyard.limits WHERE queue = ${name}),
                     ${maxInFlight}::integer), true))`;
}
