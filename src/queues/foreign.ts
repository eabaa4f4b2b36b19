import type { QueueDefinition } from './definition.ts';

/** What Temporal says about who owns a workflow. */
export interface WhoseWorkflow {
  /** The identity that it carries; `undefined`: its starter knew none. */
  database: string | undefined;
  taskQueue: string;
}

/**
 * Whether a workflow that has the id of one of our jobs is another database's: a copy has the same ids, and short ids meet by
 * chance. One that carries no identity is ours on our own task queue, which belongs to one database.
 */
export function isForeign(
  queue: Pick<QueueDefinition, 'database' | 'taskQueue'>,
  { database, taskQueue }: WhoseWorkflow,
): boolean {
  if (queue.database === undefined) return false;
  return database === undefined ? taskQueue !== queue.taskQueue : database !== queue.database;
}
