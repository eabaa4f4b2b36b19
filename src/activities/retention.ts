import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { inTransaction, type PoolClient } from '../platform/database.ts';
import { retentionRemoved } from '../platform/metrics.ts';
import { eachSideBySide } from '../platform/side-by-side.ts';
import { type QueueDefinition, workflowIdOf } from '../queues/definition.ts';
import { type ReconcileStatements, reconcileStatements } from '../queues/reconcile-statements.ts';
import { type JobFiles, pathOf, uploadsOfOthers } from './job-files.ts';
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
  await walkPages({ id: null as string | null }, async ({ id }) => {
    const { rows } = await deps.pool.query<{ id: string; expired: boolean }>(statements.expired, [
      id,
      deps.keepJobsMs,
      pageRows,
    ]);
    const expired = rows.filter((row) => row.expired).map((row) => row.id);
    for (let at = 0; at < expired.length; at += batchRows) {
      await removeBatch(deps, queue, statements, expired.slice(at, at + batchRows));
      await pause(pauseMs, undefined, { signal: Context.current().cancellationSignal });
      Context.current().heartbeat({ id });
    }
    const last = rows.at(-1)?.id;
    return rows.length < pageRows || last === undefined ? undefined : { id: last };
  });
}

/** Files first: what is broken off in between leaves rows, which the next time removes, and no file without a row. */
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
    const files = deps.files.find((kept) => kept.queue.name === queue.name);
    if (files !== undefined) await removeFiles(tx, files, over);
    await tx.query(statements.remove, [over]);
    return over.length;
  });
  if (removed === 0) return;
  retentionRemoved.inc({ queue: queue.name, what: 'jobs' }, removed);
  deps.log.info({ queue: queue.name, jobs: removed }, 'jobs removed: their time was over');
}

async function removeFiles(tx: PoolClient, files: JobFiles, ids: readonly string[]): Promise<void> {
  const named = await uploadsOfOthers(tx, files, ids);
  await eachSideBySide(ids, sideBySide, async (id) => {
    await rm(pathOf(files.results, id), { force: true });
    if (!named.has(id)) await rm(pathOf(files.uploads, id), { force: true });
  });
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
