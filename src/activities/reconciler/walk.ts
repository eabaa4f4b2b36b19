import { Context } from '@temporalio/activity';
import { reconcilerRepairs } from '../../platform/metrics.ts';
import type { FileKind, QueueDefinition } from '../../queues/definition.ts';
import { jobIdsIn } from '../results/job-files.ts';
import type { ReconcileDeps } from './deps.ts';

/** How many rows or workflows are checked side by side. */
export const sideBySide = 10;

const pageEntries = 500;

/**
 * Walks page by page to the end. Each page's cursor goes into a heartbeat, so that a walk that is broken off (the worker
 * stops, Temporal or Postgres is away) goes on from there at its next try, and one that hangs is given to another worker.
 */
export async function walkPages<Cursor>(
  first: Cursor,
  page: (cursor: Cursor) => Promise<Cursor | undefined>,
): Promise<void> {
  const context = Context.current();
  let cursor: Cursor | undefined = (context.info.heartbeatDetails as Cursor | undefined) ?? first;
  while (cursor !== undefined) {
    context.cancellationSignal.throwIfAborted();
    context.heartbeat(cursor);
    cursor = await page(cursor);
  }
}

/**
 * Goes through the files of a kind by a rule, which is given the ids of the jobs a page at a time, removes what it
 * is for, and answers how much that was. Counts and tells it.
 */
export async function clearFolder(
  { storage, log }: ReconcileDeps,
  { queue, kind, rule }: { queue: QueueDefinition; kind: FileKind; rule: string },
  clear: (ids: readonly string[]) => Promise<number>,
): Promise<void> {
  let removed = 0;
  for await (const ids of jobIdsIn(storage.at(kind), queue, kind, pageEntries)) {
    Context.current().heartbeat();
    Context.current().cancellationSignal.throwIfAborted();
    removed += await clear(ids);
  }
  if (removed === 0) return;
  reconcilerRepairs.inc({ queue: queue.name, rule }, removed);
  log.warn({ queue: queue.name, rule, removed, folder: kind.folder }, 'what was left over was removed');
}
