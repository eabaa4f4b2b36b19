import { quoteLiteral } from '../platform/database.ts';
import type { WatchedQueue } from './define-queue.ts';
import { durationMs, intervalText } from './duration.ts';
import { optionKinds, type QueueOptions } from './queue-options.ts';

/** A statement with its values. */
export interface Statement {
  text: string;
  values: (string | null)[];
}

/** The statement that makes the queue in the database: it calls `switchyard.create_queue` or `switchyard.add_queue`. */
export function queueStatement(queue: WatchedQueue): Statement {
  const values: string[] = [];
  const text = callOf(queue, (value, type) => {
    const parameter = `$${values.push(value)}::text`;
    return type === 'text' ? parameter : `${parameter}::${type}`;
  });
  return { text, values };
}

/** The same and what undoes it as SQL to read, as for a migration. */
export function queueSql(queue: WatchedQueue): { create: string; drop: string } {
  const create = callOf(queue, (value, type) =>
    type === 'integer' || type === 'boolean' ? value : quoteLiteral(value),
  );
  return { create: `${create};`, drop: `SELECT switchyard.drop_queue(${quoteLiteral(queue.name)});` };
}

function callOf({ name, options }: WatchedQueue, write: (value: string, type: string) => string): string {
  const { table, ...named } = options;
  const words = [write(name, 'text')];
  if (table !== undefined) words.push(write(table, 'regclass'));
  for (const [option, { sql, type }] of Object.entries(optionKinds)) {
    const value = named[option as keyof typeof named];
    if (value !== undefined) words.push(`${sql} => ${write(valueText(value, type), type)}`);
  }
  return `SELECT switchyard.${table === undefined ? 'create_queue' : 'add_queue'}(${words.join(', ')})`;
}

function valueText(value: NonNullable<QueueOptions[keyof QueueOptions]>, type: string): string {
  if (type === 'interval') return intervalText(durationMs(value) ?? 0);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
