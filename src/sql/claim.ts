import { exactTime, mapWords, quoteColumn, quoteLiteral, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { attemptOf } from './job.ts';
import { holdsQueue, holdsQueueOrKey } from './pauses.ts';
import { lockQueue, queueHasRoom } from './room.ts';

/** Every statement that decides what a claim of one queue takes. Identifiers, state words and names are quoted. */
export type ClaimStatements = ReturnType<typeof claimStatements>;

export function claimStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteColumn);
  const s = mapWords(queue.states, quoteLiteral);
  const name = quoteLiteral(queue.name);
  const order = queue.order.map((term) => `job.${quoteColumn(term.column)} ${term.direction}`).join(', ');
  const waits = `job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL`;
  const keys = queue.key && {
    key: quoteColumn(queue.key.column),
    share: quoteColumn(queue.key.shareColumn ?? queue.key.column),
  };
  // A table that was adopted may have them in any type.
  const columns = `job.${c.id}::text AS id, job.${c.runId} AS run_id, job.${c.priority}::double precision AS priority,
             job.${c.label}::text AS label, job.${c.requestId}::text AS request_id,
             ${keys ? `job.${keys.share}::text` : 'NULL'} AS share,
             ${attemptOf(`job.${c.attempt}`)} AS attempt, ${refusals(queue)} AS refusals`;
  const claim = (from: string) => `
      SELECT ${columns}
        FROM ${table} AS job
       WHERE ${waits} AND ${isNotAmong(`job.${c.id}`, '$2')}${from}
       ORDER BY ${order}
       LIMIT $1
         FOR UPDATE SKIP LOCKED`;
  const beyond = beyondRow(queue, table, c.id);

  return {
    lockQueue: lockQueue(queue),

    /**
     * What may be claimed: limits, pauses, the rate's tokens, and the jobs in flight since a time before the oldest of
     * them, which keeps the count from stepping over the dead index entries of all that have ended.
     */
    admission: (inFlightSince: string) => `
      SELECT limits.in_flight AS max_in_flight, limits.in_flight_per_key AS max_per_key, limits.fair,
             limits.starts_per_second AS rate,
             (SELECT least(greatest(1, limits.starts_per_second),
                           tokens + limits.starts_per_second * extract(epoch FROM clock_timestamp() - filled_at))
                FROM switchyard.start_rates WHERE queue = ${name})::double precision AS tokens,
             EXISTS (SELECT FROM switchyard.key_limits WHERE queue = ${name}) AS limits_keys,
             (SELECT jsonb_agg(jsonb_build_object('scope', scope, 'key', key, 'automatic', automatic,
                                                 'probes', probes))
                FROM switchyard.pauses
               WHERE ${holdsQueueOrKey(queue)}) AS pauses,
             coalesce(in_flight.jobs, 0) AS in_flight,
             ${queue.after === undefined ? 'false' : goesFirst(queue.after)} AS another_goes_first,
             ${exactTime("least(in_flight.oldest, clock_timestamp()) - interval '1 minute'")} AS in_flight_since
        FROM (SELECT count(*)::integer AS jobs, min(${c.startedAt}) AS oldest
                FROM ${table}
               WHERE ${c.status} = ${s.inFlight} AND ${c.startedAt} >= ${quoteLiteral(inFlightSince)}) AS in_flight
        LEFT JOIN switchyard.limits ON limits.queue = ${name}`,

    /** $1 tokens that are left, of a queue with a rate. */
    keepTokens: `
      INSERT INTO switchyard.start_rates (queue, tokens, filled_at) VALUES (${name}, $1, clock_timestamp())
      ON CONFLICT (queue) DO UPDATE SET tokens = excluded.tokens, filled_at = excluded.filled_at`,

    /** $1 ids to pass over. Whether any other row waits whose time has come, whoever holds it. */
    anyWaiting: `
      SELECT EXISTS (SELECT FROM ${table} AS job WHERE ${waits} AND ${isNotAmong(`job.${c.id}`, '$1')}) AS waits`,

    /** $1 how many at most, $2 ids to pass over. Locks the rows it answers; passes over those that others hold. */
    claim: claim(''),

    /** The same, beginning at the place of the row $3. `undefined` for an order of mixed directions, which has no such place. */
    claimFrom: beyond && claim(beyond),

    ...(keys !== undefined &&
      keyStatements({ queue, table, c, inFlight: s.inFlight, name, waits, columns, ...keys })),
  };
}

/** Whether a row is not one of the ids. Postgres hashes a subquery, and before version 15 compares an array one by one. */
const isNotAmong = (id: string, ids: string): string => `${id}::text NOT IN (SELECT unnest(${ids}::text[]))`;

/** How often the start of a row was refused since it was started last. */
function refusals(queue: QueueDefinition): string {
  const c = mapWords(queue.columns, quoteColumn);
  return `(SELECT count(*)::integer FROM switchyard.job_events AS event
               WHERE event.queue = ${quoteLiteral(queue.name)} AND event.job_id = job.${c.id}::text
                 AND event.attempt = ${attemptOf(`job.${c.attempt}`)} AND event.code = 'START_REFUSED')`;
}

/** Whether rows of the queue wait that could be claimed: one that cannot be started keeps nobody else waiting. */
function goesFirst(queue: QueueDefinition): string {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteColumn);
  const waiting = quoteLiteral(queue.states.waiting);
  return `(
             EXISTS (SELECT FROM ${table} AS job
                      WHERE job.${c.status} = ${waiting} AND job.${c.runAt} IS NULL AND ${refusals(queue)} = 0)
             AND NOT EXISTS (SELECT FROM switchyard.pauses WHERE ${holdsQueue(queue)})
             AND ${queueHasRoom(queue)})`;
}

/** The statements of claims in which keys take turns. A partition is the rows of one priority and key that wait. */
function keyStatements(names: {
  queue: QueueDefinition;
  table: string;
  c: Record<keyof QueueDefinition['columns'], string>;
  inFlight: string;
  name: string;
  waits: string;
  columns: string;
  key: string;
  share: string;
}) {
  const { queue, table, c, name, waits } = names;
  const parkedToo = queue.parking?.holdsKey ? ` OR ${c.status} = ${quoteLiteral(queue.parking.state)}` : '';
  const partitionOf = (job: string) => `(${job}.${c.priority}, coalesce(${job}.${names.key}, ''))`;
  /** A parameter of the type that the column of priorities has. */
  const likePriority = (parameter: string, of = c.priority) =>
    `coalesce(${parameter}, (SELECT ${of} FROM (SELECT ${c.priority} FROM ${table} LIMIT 0) AS none))`;
  const next = (behind: string) => `
        SELECT job.${c.priority} AS priority, coalesce(job.${names.key}, '') AS key, coalesce(job.${names.share}::text, '') AS share
          FROM ${table} AS job
         WHERE ${waits}${behind && ` AND ${partitionOf('job')} > ${behind}`} AND ${isNotAmong(`job.${c.id}`, '$5')}
         ORDER BY job.${c.priority}, coalesce(job.${names.key}, '')
         LIMIT 1`;
  const inPartition = queue.order
    .filter((term) => term.column !== queue.columns.priority)
    .map((term) => `job.${quoteColumn(term.column)} ${term.direction}`)
    .join(', ');

  const partitions = (behind: string) => `
      WITH RECURSIVE in_flight AS MATERIALIZED (
        SELECT coalesce(${names.key}, '') AS key, coalesce(${names.share}::text, '') AS share,
               ${c.status} = ${names.inFlight} AS runs, count(*) AS jobs
          FROM ${table} WHERE ${c.status} = ${names.inFlight} AND ${c.startedAt} >= $4${parkedToo}
         GROUP BY 1, 2, 3
      ), of_key AS MATERIALIZED (
        SELECT jsonb_object_agg(key, jobs) AS jobs FROM (SELECT key, sum(jobs) AS jobs FROM in_flight GROUP BY 1) AS sums
      ), of_share AS MATERIALIZED (
        SELECT jsonb_object_agg(share, jobs) AS jobs
          FROM (SELECT share, sum(jobs) AS jobs FROM in_flight WHERE runs GROUP BY 1) AS sums
      ), partition AS (
        (${next(behind)})
        UNION ALL
        SELECT following.* FROM partition CROSS JOIN LATERAL (${next('(partition.priority, partition.key)')}) AS following
      ), counted AS (
        SELECT partition.*, coalesce(((SELECT jobs FROM of_key) -> partition.key)::integer, 0) AS in_flight,
               coalesce(((SELECT jobs FROM of_share) -> partition.share)::integer, 0) AS share_in_flight,
               coalesce((SELECT limits.in_flight FROM switchyard.key_limits AS limits
                          WHERE limits.queue = ${name} AND limits.key = partition.key), $1::integer) AS max_in_flight
          FROM partition
      )
      SELECT priority::double precision AS priority, priority::text AS exact_priority, key, share, in_flight, share_in_flight, max_in_flight - in_flight AS room
        FROM counted
       WHERE (max_in_flight IS NULL OR in_flight < max_in_flight) AND key <> ALL ($2::text[])
       LIMIT $3`;

  return {
    /**
     * $1 the limit in flight of a key, $2 keys that are paused, $3 partitions at most, $4 where the count of jobs in flight begins, $5 ids to
     * pass over. Steps from partition to partition by the index, whatever each has waiting.
     */
    partitions: partitions(''),

    /** The same, from behind the partition of priority $6 and key $7. */
    partitionsBehind: partitions(`(${likePriority('$6')}, $7::text)`),

    /** $1 priorities, $2 keys, $3 how many of each such partition, $4 ids to pass over. Locks like `claim`. */
    claimShares: `
      SELECT claimed.*
        FROM unnest(${likePriority('$1', `array_agg(${c.priority})`)}, $2::text[], $3::integer[]) WITH ORDINALITY AS share (priority, key, jobs, place)
       CROSS JOIN LATERAL (
        SELECT ${names.columns}
          FROM ${table} AS job
         WHERE ${waits} AND job.${c.priority} = share.priority AND coalesce(job.${names.key}, '') = share.key
           AND ${isNotAmong(`job.${c.id}`, '$4')}
         ORDER BY ${inPartition}
         LIMIT share.jobs
           FOR UPDATE SKIP LOCKED) AS claimed
       ORDER BY share.place`,
  };
}

/** The condition that a row stands at or behind the row $3; Postgres begins its index scan there. */
function beyondRow(queue: QueueDefinition, table: string, id: string): string | undefined {
  const [first, ...others] = queue.order.map((term) => term.direction);
  if (others.some((direction) => direction !== first)) return undefined;
  const key = queue.order.map((term) => quoteColumn(term.column)).join(', ');
  const comparison = first === 'DESC' ? '<=' : '>=';
  return `
         AND (${key}) ${comparison} (SELECT ${key} FROM ${table} WHERE ${id} = $3::${queue.idType})`;
}
