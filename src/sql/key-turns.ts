import { quoteColumn, quoteLiteral } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { attemptOf, namesOf } from './names.ts';

/**
 * The statements of claims in which keys take turns. A partition is the rows of one priority and key that wait. `undefined` for a
 * queue without keys.
 */
export function keyTurnStatements(queue: QueueDefinition) {
  if (queue.key === undefined) return undefined;
  const { table, name, c, s } = namesOf(queue);
  const key = quoteColumn(queue.key.column);
  const share = quoteColumn(queue.key.shareColumn ?? queue.key.column);
  const attempt = attemptOf(`job.${c.attempt}`);
  const orderInPartition = queue.order
    .filter((term) => term.column !== queue.columns.priority)
    .map((term) => `job.${quoteColumn(term.column)} ${term.direction}`)
    .join(', ');
  const inFlight = `${c.status} = ${s.inFlight}`;
  const placeColumns = `coalesce(${key}, '') AS key, coalesce(${share}::text, '') AS share, ${c.status} = ${s.inFlight} AS runs`;
  /** The rows that hold a place of their key in flight. */
  const parked = queue.parking?.holdsKey
    ? `
                 UNION ALL
                SELECT ${placeColumns}
                  FROM ${table}
                 WHERE ${c.status} = ${quoteLiteral(queue.parking.state)}`
    : '';

  /** `begin`: one more condition of the first partition. */
  const partitions = (begin: string) => `
      WITH RECURSIVE in_flight AS MATERIALIZED (
        SELECT key, share, runs, count(*) AS jobs
          FROM (SELECT ${placeColumns}
                  FROM ${table}
                 WHERE ${inFlight} AND ${c.startedAt} >= $4
                 UNION ALL
                SELECT ${placeColumns}
                  FROM (SELECT * FROM ${table} WHERE ${c.id} = ANY ($6::${queue.idType}[]) OFFSET 0) AS known
                 WHERE ${inFlight} AND ${c.startedAt} < $4${parked}) AS each
         GROUP BY 1, 2, 3
      ), of_key AS MATERIALIZED (
        SELECT jsonb_object_agg(key, jobs) AS jobs
          FROM (SELECT key, sum(jobs) AS jobs FROM in_flight GROUP BY 1) AS sums
      ), of_share AS MATERIALIZED (
        SELECT jsonb_object_agg(share, jobs) AS jobs
          FROM (SELECT share, sum(jobs) AS jobs FROM in_flight WHERE runs GROUP BY 1) AS sums
      ), partition AS (
        (SELECT job.${c.priority} AS priority, coalesce(job.${key}, '') AS key, coalesce(job.${share}::text, '') AS share
           FROM ${table} AS job
          WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL${begin}
            AND job.${c.id}::text NOT IN (SELECT unnest($5::text[]))
          ORDER BY job.${c.priority}, coalesce(job.${key}, '')
          LIMIT 1)
        UNION ALL
        SELECT following.*
          FROM partition
         CROSS JOIN LATERAL (
           SELECT job.${c.priority} AS priority, coalesce(job.${key}, '') AS key, coalesce(job.${share}::text, '') AS share
             FROM ${table} AS job
            WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
              AND (job.${c.priority}, coalesce(job.${key}, '')) > (partition.priority, partition.key)
              AND job.${c.id}::text NOT IN (SELECT unnest($5::text[]))
            ORDER BY job.${c.priority}, coalesce(job.${key}, '')
            LIMIT 1) AS following
      ), counted AS (
        SELECT partition.*,
               coalesce(((SELECT jobs FROM of_key) -> partition.key)::integer, 0) AS in_flight,
               coalesce(((SELECT jobs FROM of_share) -> partition.share)::integer, 0) AS share_in_flight,
               coalesce((SELECT limits.in_flight FROM switchyard.key_limits AS limits
                          WHERE limits.queue = ${name} AND limits.key = partition.key), $1::integer) AS max_in_flight
          FROM partition
      )
      SELECT priority::double precision AS priority, priority::text AS exact_priority, key, share, in_flight, share_in_flight,
             max_in_flight - in_flight AS room
        FROM counted
       WHERE (max_in_flight IS NULL OR in_flight < max_in_flight) AND key <> ALL ($2::text[])
       LIMIT $3`;

  return {
    /**
     * $1 the limit in flight of a key, $2 keys that are paused, $3 how many partitions at most, $4 the time from which jobs in
     * flight are counted, $5 ids to pass over, $6 ids of jobs in flight that started before $4. Steps from partition to partition by the index, however many rows each has.
     */
    partitions: partitions(''),

    /** The same, beginning behind the partition of priority $7 and key $8. $7 gets the type of the column from the subquery. */
    partitionsBehind: partitions(`
            AND (job.${c.priority}, coalesce(job.${key}, ''))
                > (coalesce($7, (SELECT ${c.priority} FROM (SELECT ${c.priority} FROM ${table} LIMIT 0) AS none)), $8::text)`),

    /**
     * $1 priorities, $2 keys, $3 how many rows of each such partition, $4 ids to pass over. Returns, and locks, like `claim`. $1
     * gets the type of the column from the subquery.
     */
    claimShares: `
      SELECT claimed.*
        FROM unnest(
               coalesce($1, (SELECT array_agg(${c.priority}) FROM (SELECT ${c.priority} FROM ${table} LIMIT 0) AS none)),
               $2::text[], $3::integer[]) WITH ORDINALITY AS share (priority, key, jobs, place)
       CROSS JOIN LATERAL (
         SELECT job.${c.id}::text AS id, job.${c.runId} AS run_id, job.${c.priority}::double precision AS priority,
                job.${c.label}::text AS label, job.${c.requestId}::text AS request_id, job.${share}::text AS share,
                ${attempt} AS attempt,
                (SELECT count(*)::integer FROM switchyard.job_events AS event
                  WHERE event.queue = ${name} AND event.job_id = job.${c.id}::text
                    AND event.attempt = ${attempt} AND event.code IN ('START_REFUSED', 'ID_TAKEN')) AS refusals
           FROM ${table} AS job
          WHERE job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL
            AND job.${c.priority} = share.priority AND coalesce(job.${key}, '') = share.key
            AND job.${c.id}::text NOT IN (SELECT unnest($4::text[]))
          ORDER BY ${orderInPartition}
          LIMIT share.jobs
            FOR UPDATE SKIP LOCKED) AS claimed
       ORDER BY share.place`,
  };
}
