import { quoteLiteral, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from './definition.ts';

/** Every statement that moves a job of one queue. Identifiers and state words are quoted; values are parameters. */
export type JobStatements = ReturnType<typeof jobStatements>;

export function jobStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapValues(queue.columns, quoteName);
  const s = mapValues(queue.states, quoteLiteral);
  const order = queue.order.map((term) => `job.${quoteName(term.column)} ${term.direction}`).join(', ');
  const beyond = beyondRow(queue, table, c.id);
  const results = queue.resultColumns.map((name, i) => `${quoteName(name)} = $${i + 3}`).join(', ');

  const claim = (from: string) => `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id, ${c.priority} AS priority,
             ${c.label} AS label, ${c.requestId} AS request_id
        FROM ${table} AS job
       WHERE ${c.status} = ${s.waiting} AND ${c.id}::text <> ALL ($2::text[])${from}
       ORDER BY ${order}
       LIMIT $1
         FOR UPDATE SKIP LOCKED`;

  return {
    /** $1 how many at most, $2 ids to pass over. Locks the rows it answers; passes over those that others hold. */
    claim: claim(''),

    /** The same, beginning at the place of the row $3. `undefined` for an order of mixed directions, which has no such place. */
    claimFrom: beyond && claim(beyond),

    /** $1 the most that matter: counting stops there. */
    countInFlight: `
      SELECT count(*)::integer AS jobs
        FROM (SELECT FROM ${table} WHERE ${c.status} = ${s.inFlight} LIMIT $1) AS in_flight`,

    /** $1 the queue's name. One starter at a time counts and claims in a queue with limits. */
    lockQueue: `SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext($1))`,

    /** $1 ids, $2 their run ids, $3 who starts them, $4 milliseconds to their deadline. */
    markStarted: `
      UPDATE ${table} AS job
         SET ${c.status} = ${s.inFlight}, ${c.runId} = started.run_id, ${c.attempt} = job.${c.attempt} + 1,
             ${c.startedBy} = $3, ${c.startedAt} = clock_timestamp(),
             ${c.deadline} = clock_timestamp() + $4 * interval '1 millisecond'
        FROM unnest($1::text[], $2::text[]) AS started (id, run_id)
       WHERE job.${c.id} = started.id::${queue.idType}
      RETURNING job.${c.attempt} AS attempt, job.${c.id}::text AS id`,

    /** $1 id. Waits for whoever holds the row, its claimer above all, and then sees the truth. */
    lock: `SELECT *, ${c.status}::text AS job_status, ${c.runId} AS job_run_id, ${c.attempt} AS job_attempt
             FROM ${table} WHERE ${c.id} = $1 FOR UPDATE`,

    /** $1 id, $2 the runs that may write, $3… the result columns. Fenced: no row when the job is not theirs. */
    complete: `
      UPDATE ${table}
         SET ${c.status} = ${s.complete}, ${c.completedAt} = clock_timestamp(),
             ${c.startedBy} = NULL, ${c.deadline} = NULL, ${c.errorCode} = NULL, ${c.errorMessage} = NULL${results && `, ${results}`}
       WHERE ${c.id} = $1 AND ${c.runId} = ANY ($2::text[]) AND ${c.status} = ${s.inFlight}`,

    /** $1 id, $2 the runs that may write, $3 error code, $4 error message. Fenced like `complete`. */
    fail: `
      UPDATE ${table}
         SET ${c.status} = ${s.failed}, ${c.failedAt} = clock_timestamp(),
             ${c.startedBy} = NULL, ${c.deadline} = NULL, ${c.errorCode} = $3, ${c.errorMessage} = $4
       WHERE ${c.id} = $1 AND ${c.runId} = ANY ($2::text[]) AND ${c.status} = ${s.inFlight}`,

    /** $1 id, $2 the runs that may write. Fenced like `complete`. */
    cancel: `
      UPDATE ${table}
         SET ${c.status} = ${s.canceled}, ${c.startedBy} = NULL, ${c.deadline} = NULL
       WHERE ${c.id} = $1 AND ${c.runId} = ANY ($2::text[]) AND ${c.status} = ${s.inFlight}`,
  };
}

/** The condition that a row stands at or behind the row $3; Postgres begins its index scan there. */
function beyondRow(queue: QueueDefinition, table: string, id: string): string | undefined {
  const [first, ...others] = queue.order.map((term) => term.direction);
  if (others.some((direction) => direction !== first)) return undefined;
  const key = queue.order.map((term) => quoteName(term.column)).join(', ');
  const comparison = first === 'DESC' ? '<=' : '>=';
  return `
         AND (${key}) ${comparison} (SELECT ${key} FROM ${table} WHERE ${id} = $3::${queue.idType})`;
}

function mapValues<K extends string>(words: Readonly<Record<K, string>>, quote: (word: string) => string) {
  return Object.fromEntries(Object.entries<string>(words).map(([key, word]) => [key, quote(word)])) as Record<
    K,
    string
  >;
}
