import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { inTransaction, type PoolClient } from '../platform/database.ts';
import { retentionRemoved } from '../platform/metrics.ts';
import { eachSideBySide } from '../platform/side-by-side.ts';
import { type QueueDefinition, workflowIdOf } from '../queues/definition.ts';
import { type ReconcileStatements, reconcileStatements } from '../queues/reconcile-statements.ts';
import { namedByRows, pathOf } from './job-files.ts';
import type { ReconcileDeps } from './reconcile.ts';
import { latestRun } from './reconcile-runs.ts';
import { sideBySide, walkPages } from './reconcile-walk.ts';

const pageRows = 1_000;
const batchRows = 100;
const batchEvents = 1_000;
/** Between batches, so that removing a year's rows leaves room for the work of today. */
const pauseMs = 100;

/** Removes rows that ended longer ago than they are kept, each together with its files. */
export async function removeExpiredJobs(deps: ReconcileDeps, queue: QueueDefinition): Promise<void> {
  if (deps.keepJobsMs === 0) return;
  const statements = reconcileStatements(queue);
  const kept = await newestOf(deps, statements);
  await walkPages({ id: null as string | null }, async ({ id }) => {
    const { rows } = await deps.pool.query<{ id: string; expired: boolean }>(statements.expired, [
      id,
      deps.keepJobsMs,
      pageRows,
    ]);
    const expired = rows.filter((row) => row.expired && !kept.has(row.id)).map((row) => row.id);
    for (let at = 0; at < expired.length; at += batchRows) {
      await removeBatch(deps, queue, statements, expired.slice(at, at + batchRows));
      await pause(pauseMs, undefined, { signal: Context.current().cancellationSignal });
      Context.current().heartbeat({ id });
    }
    const last = rows.at(-1)?.id;
    return rows.length < pageRows || last === undefined ? undefined : { id: last };
  });
}

/** Found once for the whole walk: what ends meanwhile is too young to go. */
async function newestOf({ pool }: ReconcileDeps, { newest }: ReconcileStatements): Promise<Set<string>> {
  if (newest === undefined) return new Set();
  const { rows } = await pool.query<{ id: string }>(newest);
  return new Set(rows.map(({ id }) => id));
}

/**
 * The files go before the COMMIT: what is broken off in between leaves rows, which the next time removes, and no file without a
 * row.
 */
async function removeBatch(
  deps: ReconcileDeps,
  queue: QueueDefinition,
  statements: ReconcileStatements,
  ids: readonly string[],
): Promise<void> {
  const removed = await inTransaction(deps.pool, async (tx) => {
    const locked = await tx.query<{ id: string }>(statements.lockExpired, [ids, deps.keepJobsMs]);
    const over: string[] = [];
    await eachSideBySide(locked.rows, sideBySide, async ({ id }) => {
      const run = await latestRun(deps.client, workflowIdOf(queue, id));
      if (run?.status !== 'OPEN') over.push(id);
    });
    const { rows } = await tx.query<{ id: string }>(statements.remove, [over, deps.keepJobsMs]);
    await removeFiles(
      deps,
      tx,
      queue,
      rows.map(({ id }) => id),
    );
    return rows.length;
  });
  if (removed === 0) return;
  retentionRemoved.inc({ queue: queue.name, what: 'jobs' }, removed);
  deps.log.info({ queue: queue.name, jobs: removed }, 'jobs removed: their time was over');
}

/** What belonged to rows that are removed. What cannot be removed now is an orphan from then on, and tried again as such. */
async function removeFiles(
  deps: ReconcileDeps,
  tx: PoolClient,
  queue: QueueDefinition,
  ids: readonly string[],
): Promise<void> {
  for (const kind of deps.files.find((files) => files.queue.name === queue.name)?.own ?? []) {
    const named = await namedByRows(tx, deps.files, kind, ids);
    const free = ids.filter((id) => !named.has(id));
    await eachSideBySide(free, sideBySide, (id) =>
      rm(pathOf(kind, id), { recursive: true, force: true }).catch((error: unknown) => {
        deps.log.warn({ queue: queue.name, jobId: id, err: error }, 'what a job left could not be removed');
      }),
    );
  }
}

/** Removes events that are older than they are kept. */
export async function removeExpiredEvents(deps: ReconcileDeps): Promise<void> {
  if (deps.keepEventsMs === 0) return;
  for (let removed = batchEvents; removed > 0; ) {
    const { rows } = await deps.pool.query<{ removed: number }>(
      `SELECT switchyard.remove_events(clock_timestamp() - $1 * interval '1 millisecond', $2) AS removed`,
      [deps.keepEventsMs, batchEvents],
    );
    removed = rows[0]?.removed ?? 0;
    retentionRemoved.inc({ queue: '', what: 'events' }, removed);
    Context.current().heartbeat();
    await pause(pauseMs, undefined, { signal: Context.current().cancellationSignal });
  }
}
