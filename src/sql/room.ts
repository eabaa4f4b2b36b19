import { mapWords, quoteColumn, quoteLiteral, quoteLiterals, quoteName } from '../platform/database.ts';
import { ownedStates, type QueueDefinition } from '../queues/definition.ts';

/** The statements of whoever brings a row in flight without a claim. */
export type RoomStatements = ReturnType<typeof roomStatements>;

/** Whoever counts what is in flight before adding to it does so alone: claims in a queue with limits, and take-overs. */
export function lockQueue(queue: Pick<QueueDefinition, 'name'>): string {
  return `SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext(${quoteLiteral(queue.name)}))`;
}

/** The jobs of the queue in flight. */
function inFlightCount(queue: QueueDefinition): string {
  const status = quoteColumn(queue.columns.status);
  return `SELECT count(*) FROM ${quoteName(queue.table)} AS job WHERE job.${status} = ${quoteLiteral(queue.states.inFlight)}`;
}

/** Whether one more job may be in flight, by the limit of the queue; those of its keys aside. */
export function queueHasRoom(queue: QueueDefinition): string {
  return `coalesce((${inFlightCount(queue)}) < coalesce(
               (SELECT in_flight FROM switchyard.limits WHERE queue = ${quoteLiteral(queue.name)}),
               ${queue.maxInFlight ?? 'NULL'}::integer), true)`;
}

export function roomStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteColumn);
  const name = quoteLiteral(queue.name);
  /** Those of a key, the row itself left out where it may be among them: what is parked may hold its key's place. */
  const others = queue.parking?.holdsKey
    ? `SELECT count(*) FROM ${table} AS job
         WHERE job.${c.status} IN (${quoteLiterals(ownedStates(queue))}) AND job.${c.id} <> this.${c.id}`
    : inFlightCount(queue);
  const keyOf = (row: string) =>
    queue.key === undefined ? `''` : `coalesce(${row}.${quoteColumn(queue.key.column)}, '')`;

  return {
    lockQueue: lockQueue(queue),

    /** $1 id. Whether one more job may be in flight, by the limit of the queue and by that of the row's key. */
    hasRoom: `
      SELECT ${queueHasRoom(queue)}
         AND coalesce((${others} AND ${keyOf('job')} = ${keyOf('this')}) < coalesce(
               (SELECT in_flight FROM switchyard.key_limits WHERE queue = ${name} AND key = ${keyOf('this')}),
               limits.in_flight_per_key, ${queue.key?.maxInFlight ?? 'NULL'}::integer), true) AS has_room
        FROM ${table} AS this
        LEFT JOIN switchyard.limits ON limits.queue = ${name}
       WHERE this.${c.id} = $1`,
  };
}
