import { exactTime, mapWords, quoteColumn, quoteLiteral, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** The statements about jobs of one queue that wait for a person. */
export type ParkingStatements = NonNullable<ReturnType<typeof parkingStatements>>;

/** `undefined`: the jobs of this queue never do. */
export function parkingStatements(queue: QueueDefinition) {
  if (queue.parking === undefined) return undefined;
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteColumn);
  const inFlight = quoteLiteral(queue.states.inFlight);
  const parked = quoteLiteral(queue.parking.state);
  const question = quoteColumn(queue.parking.question);
  const answer = quoteColumn(queue.parking.answer);
  const answerBy = quoteColumn(queue.parking.answerBy);
  const waitMs = `greatest(0, extract(epoch FROM ${answerBy} - clock_timestamp()) * 1000)::double precision AS wait_ms`;
  const asked = `${c.runId} || ' ' || ${exactTime(answerBy)}`;
  const own = `${c.id} = $1 AND ${c.runId} = $2`;

  return {
    /** $1 step, $2 what is asked: they stand on the event of the move that follows. */
    asQuestion: `SELECT set_config('switchyard.code', $1, true), set_config('switchyard.detail', $2, true)`,

    /** $1 id, $2 the run that asks, $3 the question, $4 milliseconds to its answer. Fenced. */
    park: `
      UPDATE ${table}
         SET ${c.status} = ${parked}, ${question} = $3, ${answer} = NULL,
             ${answerBy} = clock_timestamp() + $4 * interval '1 millisecond', ${c.startedBy} = NULL
       WHERE ${own} AND ${c.status} = ${inFlight}
      RETURNING ${waitMs}`,

    /** $1 id. What has become of the question. */
    look: `
      SELECT ${answer} IS NOT NULL AS answered, ${question} ->> 'step' AS step, ${waitMs} FROM ${table} WHERE ${c.id} = $1`,

    /** $1 id, $2 the run, $3 who works for it. Fenced: back in flight, counted from now on. */
    resume: `
      UPDATE ${table} SET ${c.status} = ${inFlight}, ${c.startedBy} = $3, ${c.startedAt} = clock_timestamp()
       WHERE ${own} AND ${c.status} = ${parked}`,

    /** $1 id, $2 the run that is answered, $3 the answer, which the table checks. */
    answer: `UPDATE ${table} SET ${answer} = $3 WHERE ${own}`,

    /** $1 how many at most, $2 questions whose runs were told a moment ago. Jobs that have their answer. */
    answered: `
      SELECT ${c.id}::text AS id, ${c.runId} AS run_id, ${c.requestId}::text AS request_id,
             ${asked} AS asked
        FROM ${table}
       WHERE ${c.status} = ${parked} AND ${answer} IS NOT NULL AND ${asked} <> ALL ($2::text[])
       ORDER BY ${table}.${c.id} LIMIT $1`,
  };
}
