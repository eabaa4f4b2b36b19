import { isDeepStrictEqual } from 'node:util';
import type { WatchedQueue } from '../client/define-queue.ts';
import { durationMs, intervalText } from '../client/duration.ts';
import { optionKinds, type QueueOptions } from '../client/queue-options.ts';

/** A row of `queueDefinition`. */
export interface DefinitionRow extends Record<string, unknown> {
  kind: 'fenced' | 'watched';
  source: string | null;
  source_id: string | null;
  same_source: boolean;
}

/** A field that the registry has otherwise, by its name in SQL. */
export interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

type Option = keyof typeof optionKinds;

const defaults: Partial<Record<Option, unknown>> = { fair: true, inputIsArgs: false };

/** What has to change in the registry so that it says what the definition says. */
export function changesOf(row: DefinitionRow, { options }: WatchedQueue): Change[] {
  const { id: _, ...changeable } = optionKinds;
  return Object.entries(changeable).flatMap(([name, { sql, type }]) => {
    const option = name as Exclude<Option, 'id'>;
    const from = sqlValue(row[sql], type);
    const to = sqlValue(options[option] ?? defaults[option], type);
    return isDeepStrictEqual(from, to) ? [] : [{ field: sql, from, to }];
  });
}

/** A value as alter_queue takes it. */
function sqlValue(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'interval') return intervalText(Math.round(durationMs(value) ?? 0));
  // Without what the object is made of: a module's has no prototype, maybe, and is frozen.
  return type === 'jsonb' ? { ...(value as object) } : value;
}

/** Why the registry's queue cannot become the one of the definition; `undefined`: it can. */
export function obstacleOf(row: DefinitionRow, queue: WatchedQueue): string | undefined {
  const { table, id } = queue.options as QueueOptions;
  if (row.kind !== 'watched')
    return "there is a queue of this name already, of an application's own job table";
  if (!row.same_source)
    return `its table is ${row.source ?? 'its own job table'}, not ${table ?? 'its own job table'}`;
  if (id !== undefined && id !== row.source_id)
    return `the id of its jobs is the column ${row.source_id}, not ${id}`;
  return undefined;
}
