import { exactTime, quoteColumn, quoteLiteral } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { attemptOf, namesOf } from './names.ts';
import { holdsQueue } from './pauses.ts';

/**
 * A state from which a redrive takes jobs: those that have ended it sets back, those that wait (`delayed`: for a time) it cancels. The walk
 * through the states is in this order.
 */
export const redrivenStates = ['failed', 'canceled', 'queued', 'delayed'] as const;
export type RedrivenState = (typeof redrivenStates)[number];

/** Before the first id of each type, for a walk that begins. */
const leastIds: Record<QueueDefinition['idType'], string> = {
  uuid: '00000000-0000-0000-0000-000000000000',
  bigint: '-9223372036854775808',
  integer: '-2147483648',
  text: '',
};

/**
 * The statements of redrives over the jobs of one queue. What to take stands in the redrive's row, $1 its id, and is read
 * from there by each statement. Served by indexes (failed_at, id) and (canceled_at, id) of the rows in those states; what waits is walked
 * through by when it was inserted.
 */
export function redriveStatements(queue: QueueDefinition) {
  const { table, c, s } = namesOf(queue);
  const createdAt = quoteColumn(insertTimeOf(queue));
  /** By what each state is walked through. */
  const at = { failed: c.failedAt, canceled: c.canceledAt, queued: createdAt, delayed: createdAt };
  /** A preview looks at what waits in the order of an index: by their insert, all would have to be sorted. */
  const previewOrder = {
    failed: `job.${c.failedAt}, job.${c.id}`,
    canceled: `job.${c.canceledAt}, job.${c.id}`,
    queued: queue.order.map(({ column, direction }) => `job.${quoteColumn(column)} ${direction}`).join(', '),
    delayed: `job.${c.runAt}`,
  };
  const isIn = {
    failed: `job.${c.status} = ${s.failed}`,
    canceled: `job.${c.status} = ${s.canceled}`,
    queued: `job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NULL`,
    delayed: `job.${c.status} = ${s.waiting} AND job.${c.runAt} IS NOT NULL`,
  };
  const key = queue.key === undefined ? 'NULL::text' : `job.${quoteColumn(queue.key.column)}`;
  const label = `job.${c.label}::text`;
  const attempt = attemptOf(`job.${c.attempt}`);
  const leastId = `${quoteLiteral(leastIds[queue.idType])}::${queue.idType}`;

  /** Whether the redrive asks for this job, and has not had it. */
  const matches = `(
                     (redrive.error_codes IS NULL OR coalesce(job.${c.errorCode}::text = ANY (redrive.error_codes), false))
                     AND (redrive.message_contains IS NULL
                          OR strpos(lower(coalesce(job.${c.errorMessage}::text, '')), lower(redrive.message_contains)) > 0)
                     AND (redrive.keys IS NULL OR coalesce(${key}::text = ANY (redrive.keys), false))
                     AND (redrive.text_contains IS NULL
                          OR strpos(lower(concat_ws(E'\\n', job.${c.id}::text, ${label}, ${key}::text, job.${c.errorMessage}::text)),
                                    lower(redrive.text_contains)) > 0)
                     AND (redrive.created_after IS NULL OR coalesce(job.${createdAt} >= redrive.created_after, false))
                     AND (redrive.created_before IS NULL OR coalesce(job.${createdAt} < redrive.created_before, false))
                     AND (redrive.column_values IS NULL OR switchyard.has_values(to_jsonb(job), redrive.column_values))
                     AND NOT EXISTS (SELECT FROM switchyard.redrive_jobs AS done
                                      WHERE done.redrive_id = redrive.id AND done.job_id = job.${c.id}::text))`;

  const branches = redrivenStates
    .map(
      (state) => `           (SELECT '${state}' AS state, ended.*
              FROM (SELECT job.${c.id} AS id, job.${at[state]} AS ended_at, ${attempt} AS attempt, ${matches} AS matches
                      FROM ${table} AS job
                     WHERE ${isIn[state]} AND job.${at[state]} < least(redrive.created_at, redrive.ended_before)
                       AND (job.${at[state]}, job.${c.id}) > (coalesce(redrive.ended_after, '-infinity'), ${leastId})
                     ORDER BY ${previewOrder[state]}
                     LIMIT $2) AS ended
             WHERE '${state}' = ANY (redrive.states))`,
    )
    .join('\n           UNION ALL\n');

  /** The first rows in each state which the redrive $1 names, $2 of each, and whether they match. */
  const scanned = `switchyard.redrives AS redrive
         CROSS JOIN LATERAL (
${branches}
         ) AS scanned
         WHERE redrive.id = $1`;

  return {
    /** $1 how many rows to count at most. Why the jobs of the queue do not go on, and how many of them wait. */
    target: `
      SELECT (SELECT reason FROM switchyard.pauses
               WHERE ${holdsQueue(queue)}
               ORDER BY id LIMIT 1) AS pause,
             (SELECT count(*)::integer
                FROM (SELECT FROM ${table} WHERE ${c.status} = ${s.waiting} AND ${c.runAt} IS NULL LIMIT $1) AS waiting) AS waiting`,

    /**
     * $1 the redrive, $2 rows to scan in each state, $3 matches to count. `more`: one of the two was too few, so that there may be
     * more of them.
     */
    count: `
      WITH scanned AS MATERIALIZED (
        SELECT scanned.state, scanned.matches
          FROM ${scanned}
      )
      SELECT (SELECT count(*)::integer FROM (SELECT FROM scanned WHERE matches LIMIT $3) AS counted) AS count,
             (SELECT count(*) > $3 FROM scanned WHERE matches)
             OR EXISTS (SELECT FROM scanned GROUP BY state HAVING count(*) >= $2) AS more`,

    /** $1 the redrive, $2 rows to scan in each state, $3 how many. The first jobs that match. */
    sample: `
      WITH found AS MATERIALIZED (
        SELECT scanned.*
          FROM ${scanned} AND scanned.matches
         LIMIT $3
      )
      SELECT job.${c.id}::text AS id, found.state AS status, job.${c.label}::text AS label, ${key}::text AS key, found.attempt,
             job.${c.errorCode}::text AS error_code, job.${c.errorMessage}::text AS error_message, found.ended_at
        FROM found JOIN ${table} AS job ON job.${c.id} = found.id
       ORDER BY found.ended_at, found.id`,

    /**
     * $1 the redrive, $2 rows to scan, $3 how many to take. The next jobs that match, and the place behind the rows that were
     * scanned; `exhausted`: there are no more rows in this state.
     */
    next: (state: RedrivenState) => `
      WITH scanned AS MATERIALIZED (
        SELECT scanned.*
          FROM switchyard.redrives AS redrive
         CROSS JOIN LATERAL (
           SELECT job.${c.id} AS id, job.${at[state]} AS ended_at, ${attempt} AS attempt, ${matches} AS matches
             FROM ${table} AS job
            WHERE ${isIn[state]} AND job.${at[state]} < least(redrive.created_at, redrive.ended_before)
              AND (job.${at[state]}, job.${c.id}) > (coalesce(redrive.at_time, redrive.ended_after, '-infinity'),
                                                          coalesce(redrive.at_id::${queue.idType}, ${leastId}))
            ORDER BY job.${at[state]}, job.${c.id}
            LIMIT $2) AS scanned
         WHERE redrive.id = $1
      ), matched AS MATERIALIZED (
        SELECT * FROM scanned WHERE matches ORDER BY ended_at, id LIMIT $3
      ), counts AS (
        SELECT (SELECT count(*) FROM scanned) AS scanned, (SELECT count(*) FROM matched) AS matched
      ), last AS (
        (SELECT matched.id, matched.ended_at
           FROM matched, counts
          WHERE counts.matched = $3
          ORDER BY ended_at DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT scanned.id, scanned.ended_at
           FROM scanned, counts
          WHERE counts.matched < $3
          ORDER BY ended_at DESC, id DESC LIMIT 1)
      )
      SELECT ARRAY(SELECT id::text FROM matched ORDER BY ended_at, id) AS ids,
             ARRAY(SELECT attempt FROM matched ORDER BY ended_at, id) AS attempts,
             (SELECT ${exactTime('ended_at')} FROM last) AS at_time, (SELECT id::text FROM last) AS at_id,
             counts.matched < $3 AND counts.scanned < $2 AS exhausted
        FROM counts`,

    /**
     * $1 the redrive, $2 ids. Sets those back that nobody holds and that are still as they were found. `moved`: not where a trigger
     * of the table left the row as it was.
     */
    requeue: (state: 'failed' | 'canceled') => `
      WITH free AS (
        SELECT job.${c.id} AS id
          FROM ${table} AS job
          JOIN switchyard.redrives AS redrive ON redrive.id = $1
         WHERE job.${c.id} = ANY ($2::${queue.idType}[])
           AND job.${c.status} = ${s[state]} AND job.${at[state]} < least(redrive.created_at, redrive.ended_before)
           FOR UPDATE OF job SKIP LOCKED
      ), updated AS (
        UPDATE ${table} AS job
           SET ${c.status} = ${s.waiting}
          FROM free
         WHERE job.${c.id} = free.id AND job.${c.status} = ${s[state]}
        RETURNING job.${c.id} AS id, job.${c.status} <> ${s[state]} AS moved
      )
      SELECT free.id::text AS id, coalesce(updated.moved, false) AS moved
        FROM free LEFT JOIN updated ON updated.id = free.id`,

    /** $1 the redrive, $2 ids. Cancels those that nobody holds and that still wait. `moved` as above. */
    cancel: `
      WITH free AS (
        SELECT job.${c.id} AS id
          FROM ${table} AS job
          JOIN switchyard.redrives AS redrive ON redrive.id = $1
         WHERE job.${c.id} = ANY ($2::${queue.idType}[]) AND job.${c.status} = ${s.waiting}
           FOR UPDATE OF job SKIP LOCKED
      ), updated AS (
        UPDATE ${table} AS job
           SET ${c.cancelRequestedAt} = clock_timestamp()
          FROM free
         WHERE job.${c.id} = free.id AND job.${c.status} = ${s.waiting}
        RETURNING job.${c.id} AS id, job.${c.status} <> ${s.waiting} AS moved
      )
      SELECT free.id::text AS id, coalesce(updated.moved, false) AS moved
        FROM free LEFT JOIN updated ON updated.id = free.id`,
  };
}

/** The column of the time of the insert: what comes between the priority and the id in the order of claims. */
function insertTimeOf({ order, columns }: QueueDefinition): string {
  const others = order.filter(({ column }) => column !== columns.priority && column !== columns.id);
  return others[0]?.column ?? 'created_at';
}
