import { mapWords, quoteLiteral, quoteLiterals, quoteName } from '../src/platform/database.ts';
import { ownedStates, type QueueDefinition } from '../src/queues/definition.ts';

/** What users of any queue do and see by plain SQL. */
export function userStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteName);
  const s = mapWords(queue.states, quoteLiteral);
  const owned = quoteLiterals(ownedStates(queue));
  const again = `${s.failed}, ${s.canceled}`;
  const anyOne = (states: string) =>
    `(SELECT ${c.id} FROM ${table} WHERE ${c.status} IN (${states}) ORDER BY random() LIMIT 1)`;
  const key = queue.key === undefined ? 'NULL' : quoteName(queue.key.column);
  return {
    cancelOne: `UPDATE ${table} SET ${c.cancelRequestedAt} = now() WHERE ${c.id} = ${anyOne(`${s.waiting}, ${owned}`)}`,
    retryOne: `
      UPDATE ${table} SET ${c.status} = ${s.waiting} WHERE ${c.id} = ${anyOne(again)} AND ${c.status} IN (${again})`,
    anyInFlight: `SELECT ${c.id}::text AS id FROM ${table} WHERE ${c.id} = ${anyOne(owned)}`,
    counts: `
      SELECT ${c.status}::text AS word, count(*)::integer AS jobs FROM ${table}
       WHERE ${c.id}::text NOT IN (SELECT job FROM chaos.refused WHERE queue = ${quoteLiteral(queue.name)})
       GROUP BY ${c.status}`,
    rows: `
      SELECT ${c.id}::text AS id, ${c.status}::text AS word, ${c.attempt} AS attempt, ${c.errorCode} AS "errorCode",
             ${c.errorMessage} AS "errorMessage", ${key} AS key, to_jsonb(job) AS fields
        FROM ${table} AS job`,
  };
}

/** The same for queues whose jobs ask; `undefined` for others. */
export function answerStatements(queue: QueueDefinition) {
  if (queue.parking === undefined) return undefined;
  const table = quoteName(queue.table);
  const { id, status } = mapWords(queue.columns, quoteName);
  const [question, answer] = [quoteName(queue.parking.question), quoteName(queue.parking.answer)];
  return {
    /** Those that wait for an answer, and those that nobody answered in time. */
    asking: `
      SELECT ${id}::text AS id, ${status} = ${quoteLiteral(queue.parking.state)} AS waits
        FROM ${table}
       WHERE ${question} IS NOT NULL AND ${answer} IS NULL
         AND ${status} IN (${quoteLiterals([queue.parking.state, queue.states.failed])})`,
    /** $1 id, $2 the answer. */
    answer: `UPDATE ${table} SET ${answer} = $2 WHERE ${id} = $1`,
  };
}
