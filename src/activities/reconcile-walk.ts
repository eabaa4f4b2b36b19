import { Context } from '@temporalio/activity';

/** How many rows or workflows are looked at side by side. */
export const sideBySide = 10;

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
