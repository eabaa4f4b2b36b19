import { quoteColumn, quoteLiteral } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';

/** The statements of whoever brings a row in flight without a claim. */
export type RoomStatements = ReturnType<typeof roomStatements>;

/** Whoever counts what is in flight before adding to it does so alone: claims in a queue with limits, and take-overs. */
export const lockQueue = (queue: Pick<QueueDefinition, 'name'>): string =>
  `SELECT pg_advisory_xact_lock(hashtext('switchyard.claim'), hashtext(${quoteLiteral(queue.name)}))`;

export function roomStatements(queue: QueueDefinition) {
  const { table, name, c, s, owned } = namesOf(queue);
  const maxInFlight = queue.maxInFlight ?? 'NULL';
  const maxPerKey = queue.key?.maxInFlight ?? 'NULL';
  const keyOf = (row: string) =>
    queue.key === undefined ? `''` : `coalesce(${row}.${quoteColumn(queue.key.column)}, '')`;
  /** The rows that hold a place of their key in flight: where a parked row does, the row itself may be one and is left out. */
  const holdsPlace = queue.parking?.holdsKey
    ? `job.${c.status} IN (${owned}) AND job.${c.id} <> this.${c.id}`
    : `job.${c.status} = ${s.inFlight}`;

  return {
    lockQueue: lockQueue(queue),

    /** $1 id. Whether one more job may be in flight, by the limit of the queue and by that of the row's key. */
    hasRoom: `
      SELECT coalesce((SELECT count(*) FROM ${table} AS job WHERE job.${c.status} = ${s.inFlight}) < coalesce(
               (SELECT in_flight FROM switchyard.limits WHERE queue = ${name}),
               ${maxInFlight}::integer), true)
         AND coalesce((SELECT count(*) FROM ${table} AS job
                        WHERE ${holdsPlace}
                          AND ${keyOf('job')} = ${keyOf('this')}) < coalesce(
               (SELECT in_flight FROM switchyard.key_limits WHERE queue = ${name} AND key = ${keyOf('this')}),
               limits.in_flight_per_key, ${maxPerKey}::integer), true) AS has_room
        FROM ${table} AS this
        LEFT JOIN switchyard.limits ON limits.queue = ${name}
       WHERE this.${c.id} = $1`,
  };
}
