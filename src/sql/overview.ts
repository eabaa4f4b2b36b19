import { quoteLiteral } from '../platform/database.ts';
import type { DatabaseTime } from '../platform/database-types.ts';

/** The statements by which people look at groups of jobs: failures by cause, keys, questions. Each looks at so many rows at most. */

/** What differs between messages of one cause: ids, times and numbers. */
const differing =
  '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}' +
  '|\\d{4}-\\d\\d-\\d\\d[T ][\\d:.]+(Z|[+-]\\d\\d(:?\\d\\d)?)?' +
  '|\\m[0-9a-fA-F]*\\d[0-9a-fA-F]*\\M|\\d+';

export interface FailureRow {
  code: string | null;
  pattern: string;
  jobs: number;
  first_at: DatabaseTime | null;
  last_at: DatabaseTime | null;
  sample_id: string;
  sample_message: string | null;
  looked: number;
}

/** As SQL, quoted. */
interface FailedJobs {
  table: string;
  id: string;
  code: string;
  message: string;
  failedAt: string;
  /** The condition of the index of failed jobs. */
  isFailed: string;
}

/** $1 the most failed jobs to look at, those that failed last; $2 the most groups. */
export const failuresByCause = ({ table, id, code, message, failedAt, isFailed }: FailedJobs): string => `
  WITH latest AS MATERIALIZED (
    SELECT ${id}::text AS id, ${code}::text AS code, left(${message}::text, 1000) AS message, ${failedAt} AS failed_at
      FROM ${table} AS job
     WHERE ${isFailed}
     ORDER BY ${failedAt} DESC
     LIMIT $1
  ), grouped AS (
    SELECT code, pattern, count(*)::integer AS jobs, min(failed_at) AS first_at, max(failed_at) AS last_at,
           (array_agg(id ORDER BY failed_at DESC))[1] AS sample_id, (array_agg(message ORDER BY failed_at DESC))[1] AS sample_message
      FROM latest, LATERAL (
        SELECT left(coalesce(regexp_replace(message, ${quoteLiteral(differing)}, 'N', 'g'), ''), 200) AS pattern) AS made
     GROUP BY code, pattern
  )
  SELECT grouped.*, (SELECT count(*)::integer FROM latest) AS looked
    FROM grouped ORDER BY jobs DESC, last_at DESC LIMIT $2`;

/** As SQL, quoted. */
interface KeyedJobs {
  table: string;
  key: string;
  priority: string;
  startedAt: string;
  isWaiting: string;
  isInFlight: string;
}

export interface KeyRow {
  key: string;
  queued: number;
  processing: number;
  in_flight: number;
}

/**
 * $1 the key behind which to begin, $2 how many keys, $3 how many jobs to count of each. Those that have jobs that wait or are in flight,
 * a limit or a pause; by key. The waiting ones are found by hopping from key to key of each priority along the index of claims by key.
 */
export const keysOfQueue = (
  queue: string,
  { table, key, priority, startedAt, isWaiting, isInFlight }: KeyedJobs,
): string => `
  WITH RECURSIVE level AS (
    (SELECT ${priority} AS priority FROM ${table} AS job WHERE ${isWaiting} ORDER BY ${priority} LIMIT 1)
    UNION ALL
    SELECT later.priority FROM level, LATERAL (
      SELECT ${priority} AS priority FROM ${table} AS job
       WHERE ${isWaiting} AND ${priority} > level.priority ORDER BY ${priority} LIMIT 1) AS later
  ), levels AS (
    SELECT priority FROM level LIMIT 20
  ), hop AS (
    SELECT levels.priority, first.key, 1 AS hops FROM levels, LATERAL (
      SELECT coalesce(${key}, '') AS key FROM ${table} AS job
       WHERE ${isWaiting} AND ${priority} = levels.priority AND coalesce(${key}, '') > $1
       ORDER BY coalesce(${key}, '') LIMIT 1) AS first
    UNION ALL
    SELECT hop.priority, next.key, hop.hops + 1 FROM hop, LATERAL (
      SELECT coalesce(${key}, '') AS key FROM ${table} AS job
       WHERE ${isWaiting} AND ${priority} = hop.priority AND coalesce(${key}, '') > hop.key
       ORDER BY coalesce(${key}, '') LIMIT 1) AS next
     WHERE hop.hops < $2
  ), in_flight AS MATERIALIZED (
    SELECT coalesce(key, '') AS key, count(*)::integer AS jobs
      FROM (SELECT ${key}::text AS key FROM ${table} AS job WHERE ${isInFlight} ORDER BY ${startedAt} LIMIT 10000) AS started
     GROUP BY 1
  ), page AS (
    SELECT key FROM (
      SELECT key FROM hop
      UNION SELECT key FROM in_flight
      UNION SELECT key FROM switchyard.key_limits WHERE queue = ${quoteLiteral(queue)}
      UNION SELECT key FROM switchyard.pauses WHERE queue = ${quoteLiteral(queue)} AND scope = 'key' AND resumed_at IS NULL
    ) AS known WHERE key > $1 ORDER BY key LIMIT $2
  )
  SELECT page.key, coalesce(in_flight.jobs, 0) AS processing, coalesce((SELECT sum(jobs) FROM in_flight), 0)::integer AS in_flight,
         (SELECT coalesce(sum(waiting.jobs), 0)::integer FROM levels, LATERAL (
            SELECT count(*) AS jobs FROM (
              SELECT FROM ${table} AS job
               WHERE ${isWaiting} AND ${priority} = levels.priority AND coalesce(${key}, '') = page.key LIMIT $3) AS counted) AS waiting) AS queued
    FROM page LEFT JOIN in_flight ON in_flight.key = page.key
   ORDER BY page.key`;

/** $1 the queue, $2 the keys. */
export const limitsOfKeys =
  'SELECT key, in_flight FROM switchyard.key_limits WHERE queue = $1 AND key = ANY ($2::text[])';

/** $1 the queue, $2 how many. Jobs of one queue that ask, the first that began first. `columns` are those of a summary. */
export const parkedJobs = (
  table: string,
  c: { columns: string; id: string; question: string; answerBy: string; startedAt: string; isParked: string },
): string => `
  SELECT ${c.columns}, ${c.question} AS question, ${c.answerBy} AS answer_by,
         (SELECT max(event.at) FROM switchyard.job_events AS event
           WHERE event.queue = $1 AND event.job_id = ${c.id}::text AND event.to_status = 'parked' AND event.from_status <> 'parked') AS asked_at
    FROM ${table} AS job
   WHERE ${c.isParked}
   ORDER BY ${c.startedAt}
   LIMIT $2`;

/** $1 the systems that queues of this process need. */
export const systems = `
  WITH known AS (
    SELECT unnest($1::text[]) AS system
    UNION SELECT system FROM switchyard.systems
    UNION SELECT system FROM switchyard.pauses WHERE scope = 'system' AND resumed_at IS NULL
  )
  SELECT known.system, systems.last_success_at,
         (SELECT count(*)::integer FROM (
            SELECT FROM switchyard.system_failures AS failure
             WHERE failure.system = known.system AND failure.at > clock_timestamp() - interval '10 minutes' LIMIT 1000) AS recent) AS failures,
         pause.probe_at, pause.probes
    FROM known
    LEFT JOIN switchyard.systems ON systems.system = known.system
    LEFT JOIN switchyard.pauses AS pause ON pause.scope = 'system' AND pause.system = known.system AND pause.resumed_at IS NULL
   ORDER BY known.system`;

export const subscriptions = `
  SELECT name, queue, statuses, place, secret, created_by, created_at FROM switchyard.subscription_places ORDER BY name LIMIT 1000`;

/** $1 ids of webhooks. */
export const deliveriesOf = `
  SELECT id::text AS id, subscription, queue, job_id, ended_status, ended_code, response_status
    FROM switchyard.webhook_deliveries WHERE id = ANY ($1::uuid[])`;

/** $1 the queue, $2 the actor, each NULL for all; $3 the entry before which to begin; $4 how many. Newest first. */
export const actions = `
  SELECT id::text AS id, at, actor, action, queue, job_id, detail
    FROM switchyard.actions
   WHERE ($1::text IS NULL OR queue = $1) AND ($2::text IS NULL OR actor = $2) AND ($3::bigint IS NULL OR id < $3)
   ORDER BY actions.id DESC
   LIMIT $4`;
