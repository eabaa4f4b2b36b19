import { exactTime, quoteColumn, quoteLiteral } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';

/** The statements about jobs of one queue that wait for a person. */
export type ParkingStatements = NonNullable<ReturnType<typeof parkingStatements>>;

/** `undefined`: the jobs of this queue never do. */
export function parkingStatements(queue: QueueDefinition) {
  if (queue.parking === undefined) return undefined;
  const { table, c, s } = namesOf(queue);
  const parked = quoteLiteral(queue.parking.state);
  const question = quoteColumn(queue.parking.question);
  const answer = quoteColumn(queue.parking.answer);
  const answerBy = quoteColumn(queue.parking.answerBy);

  return {
    /** $1 the step, $2 the text of the question: they go into the event of the move that follows in the transaction. */
    asQuestion: `SELECT set_config('switchyard.code', $1, true), set_config('switchyard.detail', $2, true)`,

    /**
     * $1 id, $2 the run that asks, $3 the question, $4 how many milliseconds it may take to answer, $5 which asking of the run it is, or
     * NULL. Fenced, also against a late try of the same asking, whose answer was taken meanwhile.
     */
    park: `
      UPDATE ${table}
         SET ${c.status} = ${parked}, ${question} = $3, ${answer} = NULL,
             ${answerBy} = clock_timestamp() + $4 * interval '1 millisecond', ${c.startedBy} = NULL
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} = ${s.inFlight}
         AND ($5::text IS NULL OR ${question} ->> 'asking' IS DISTINCT FROM $5)
      RETURNING greatest(0, extract(epoch FROM ${answerBy} - clock_timestamp()) * 1000)::double precision AS wait_ms`,

    /** $1 id. Whether its question was answered, and for how long it may still be. */
    readQuestion: `
      SELECT ${answer} IS NOT NULL AS answered, ${question} ->> 'step' AS step, ${question} ->> 'asking' AS asking,
             greatest(0, extract(epoch FROM ${answerBy} - clock_timestamp()) * 1000)::double precision AS wait_ms
        FROM ${table}
       WHERE ${c.id} = $1`,

    /** $1 id, $2 the run, $3 who works for it. Fenced: the job is in flight again, and its time there starts anew. */
    resume: `
      UPDATE ${table}
         SET ${c.status} = ${s.inFlight}, ${c.startedBy} = $3, ${c.startedAt} = clock_timestamp()
       WHERE ${c.id} = $1 AND ${c.runId} = $2 AND ${c.status} = ${parked}`,

    /** $1 id, $2 the run that is answered, $3 the answer, which a trigger of the table checks. */
    answer: `
      UPDATE ${table}
         SET ${answer} = $3
       WHERE ${c.id} = $1 AND ${c.runId} = $2`,

    /** $1 how many at most, $2 questions whose runs were told a moment ago. Jobs that have their answer. */
    answered: `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id, ${c.requestId}::text AS request_id,
             ${c.runId} || ' ' || ${exactTime(answerBy)} AS asked
        FROM ${table}
       WHERE ${c.status} = ${parked} AND ${answer} IS NOT NULL
         AND ${c.runId} || ' ' || ${exactTime(answerBy)} <> ALL ($2::text[])
       ORDER BY ${table}.${c.id}
       LIMIT $1`,
  };
}
