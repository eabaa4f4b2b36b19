import type { Pool, PoolClient } from '../platform/database.ts';
import { registeredQueues } from '../sql/status.ts';
import { Refusal } from './refusal.ts';

/** A row of `registeredQueues`: all that is known of a queue without the code that defines it. */
export interface RegisteredQueue {
  name: string;
  kind: 'fenced' | 'watched';
  /** As SQL. */
  job_table: string;
  columns: Record<string, string>;
  states: Record<string, string>;
  workflow: string | null;
  task_queue: string | null;
  source: string | null;
  /** What holds: the limits that were set, else those of the queue's row. */
  in_flight: number | null;
  in_flight_per_key: number | null;
  starts_per_second: number | null;
  fair: boolean;
  /** What was set; null: nothing was. */
  set_in_flight: number | null;
  set_in_flight_per_key: number | null;
  set_fair: boolean | null;
  /** The columns of the table; none: it is not there. */
  attributes: string[];
  /** Their types as SQL, by their names. */
  types: Record<string, string>;
}

export type Db = Pick<Pool | PoolClient, 'query'>;

/** All queues, by name. */
export async function listRegisteredQueues(db: Db): Promise<RegisteredQueue[]> {
  return (await db.query<RegisteredQueue>(registeredQueues, [null])).rows;
}

/** @throws {Refusal} NO_SUCH_QUEUE, with the names of those that there are */
export async function requireQueue(db: Db, name: string): Promise<RegisteredQueue> {
  const [queue] = name.includes('\0') ? [] : (await db.query<RegisteredQueue>(registeredQueues, [name])).rows;
  if (queue !== undefined) return queue;
  const known = (await listRegisteredQueues(db)).map((each) => each.name);
  const list = known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`;
  throw new Refusal('missing', 'NO_SUCH_QUEUE', `there is no queue ${quoted(name)}; ${list}`, { known });
}

/** A value from outside as error messages show it: quoted, and not at full length. */
export const quoted = (value: string): string =>
  JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
