import { Context } from '@temporalio/activity';

/** How many rows or workflows are looked at side by side. */
const sideBySide = 10;

/** Does `work` for each item, at most ten at a time; the first error ends it, once what is under way has ended. */
export async function eachSideBySide<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items.values();
  const lane = async () => {
    for (const item of iterator) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: sideBySide }, lane));
  const failed = lanes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

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
