import { mapWords, quoteLiteral, quoteName } from '../platform/database.ts';
import { ownedStates, type QueueDefinition } from './definition.ts';

/** The statements of whoever brings a row in flight without a claim. */
export type RoomStatements = ReturnType<typeof roomStatements>;

/** Whoever counts what is in flight before adding to it does so alone: claims in a queue with limits, and take-overs. */
export function lockQueue(queue: Pick<QueueDefinition, 'name'>): string {
  return `SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext(${quoteLiteral(queue.name)}))`;
}

export function roomStatements(queue: QueueDefinition) {
  const table = quoteName(queue.table);
  const c = mapWords(queue.columns, quoteName);
  const name = quoteLiteral(queue.name);
  /** Those of a key, the row itself left out: what is parked may hold its key's place. */
  const others = queue.parking?.holdsKey
    ? `SELECT count(*) FROM ${table} AS job
         WHERE job.${c.status} IN (${ownedStates(queue).map(quoteLiteral).join(', ')}) AND job.${c.id} <> this.${c.id}`
    : undefined;
  const inFlight = `SELECT count(*) FROM ${table} AS job WHERE job.${c.status} = ${quoteLiteral(queue.states.inFlight)}`;
  const keyOf = (row: string) =>
    queue.key === undefined ? `''` : `coalesce(${row}.${quoteName(queue.key.column)}, '')`;

  return {
    lockQueue: lockQueue(queue),

    /** $1 id. Whether one more job may be in flight, by the limit of the queue and by that of the row's key. */
    hasRoom: `
      SELECT coalesce((${inFlight}) < coalesce(limits.in_flight, ${queue.maxInFlight ?? 'NULL'}::integer), true)
         AND coalesce((${others ?? inFlight} AND ${keyOf('job')} = ${keyOf('this')}) < coalesce(
               (SELECT in_flight FROM switchyard.key_limits WHERE queue = ${name} AND key = ${keyOf('this')}),
               limits.in_flight_per_key, ${queue.key?.maxInFlight ?? 'NULL'}::integer), true) AS has_room
        FROM ${table} AS this
        LEFT JOIN switchyard.limits ON limits.queue = ${name}
       WHERE this.${c.id} = $1`,
  };
}
