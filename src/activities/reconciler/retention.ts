import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { inTransaction } from '../../platform/database.ts';
import { subjectOf } from '../../platform/database-errors.ts';
import { retentionRemoved } from '../../platform/metrics.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { type FileKind, type QueueDefinition, workflowIdOf } from '../../queues/definition.ts';
import { isForeign } from '../../queues/foreign.ts';
import { type ReconcileStatements, reconcileStatements } from '../../sql/reconciler.ts';
import { nameOf, namersOf } from '../results/job-files.ts';
import type { ReconcileDeps } from './deps.ts';
import { latestRun } from './runs.ts';
import { sideBySide, walkPages } from './walk.ts';

const pageRows = 1_000;
const batchRows = 100;
const batchEvents = 1_000;
/** Between batches, so that removing a year's rows leaves room for the work of today. */
const pauseMs = 100;

/** Removes rows that ended longer ago than they are kept, each together with its files. */
export async function removeExpiredJobs(deps: ReconcileDeps, queue: QueueDefinition): Promise<void> {
  if (deps.keepJobsMs === 0) return;
  const statements = reconcileStatements(queue);
  let kept: Set<string> | undefined;
  await walkPages({ id: null as string | null }, async ({ id }) => {
    const { rows } = await deps.pool.query<{ id: string; expired: boolean }>(statements.expired, [
      id,
      deps.keepJobsMs,
      pageRows,
    ]);
    const old = rows.filter((row) => row.expired).map((row) => row.id);
    if (old.length > 0) kept ??= await newestOf(deps, statements);
    const expired = old.filter((row) => kept?.has(row) !== true);
    const page = { files: await filesOfExpired(deps, queue, expired), removed: new Set<string | null>() };
    for (let at = 0; at < expired.length; at += batchRows) {
      await removeEach(deps, queue, statements, expired.slice(at, at + batchRows), page);
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

/** All together; where the table keeps one (a row that refers to it, a trigger), each by itself, so that the others go. */
async function removeEach(
  deps: ReconcileDeps,
  queue: QueueDefinition,
  statements: ReconcileStatements,
  ids: readonly string[],
  page: ExpiredPage,
): Promise<void> {
  try {
    await removeBatch(deps, queue, statements, ids, page);
  } catch (error) {
    if (subjectOf(error) !== 'row') throw error;
    if (ids.length > 1) for (const id of ids) await removeEach(deps, queue, statements, [id], page);
    else
      deps.log.warn({ queue: queue.name, jobId: ids[0], err: error }, 'an expired job could not be removed');
  }
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
  page: ExpiredPage,
): Promise<void> {
  const removed = await inTransaction(deps.pool, async (tx) => {
    const locked = await tx.query<{ id: string }>(statements.lockExpired, [ids, deps.keepJobsMs]);
    const over: string[] = [];
    await eachSideBySide(locked.rows, sideBySide, async ({ id }) => {
      const run = await latestRun(deps.client, workflowIdOf(queue, id));
      if (run?.status !== 'OPEN' || isForeign(queue, run)) over.push(id);
    });
    const { rows } = await tx.query<{ id: string }>(statements.remove, [over, deps.keepJobsMs]);
    await tx.query('SET CONSTRAINTS ALL IMMEDIATE'); // what speaks at COMMIT would keep a row whose files are gone
    const removedIds = rows.map(({ id }) => id);
    for (const id of removedIds) page.removed.add(id);
    await removeFiles(deps, queue, page, removedIds);
    return rows.length;
  });
  if (removed === 0) return;
  retentionRemoved.inc({ queue: queue.name, what: 'jobs' }, removed);
  deps.log.info({ queue: queue.name, jobs: removed }, 'jobs removed: their time was over');
}

/** What belongs to the expired rows of one page. */
interface ExpiredPage {
  /** Files of each kind, and the rows that name them. */
  files: readonly { kind: FileKind; namers: Awaited<ReturnType<typeof namersOf>> }[];
  /** Rows of the page that are removed so far. */
  removed: Set<string | null>;
}

/** Asked once for a whole page of rows: it reads every row that might name one. */
async function filesOfExpired(
  { pool, files }: ReconcileDeps,
  queue: QueueDefinition,
  ids: readonly string[],
): Promise<ExpiredPage['files']> {
  const kinds = files.find((of) => of.queue.name === queue.name)?.own ?? [];
  return Promise.all(
    kinds.map(async (kind) => ({ kind, namers: await namersOf(pool, files, { queue, kind }, ids) })),
  );
}

/** What belonged to rows that are removed. What cannot be removed now is an orphan from then on, and tried again as such. */
async function removeFiles(
  deps: ReconcileDeps,
  queue: QueueDefinition,
  { files, removed }: ExpiredPage,
  ids: readonly string[],
): Promise<void> {
  for (const { kind, namers } of files) {
    const store = deps.storage.at(kind);
    const free = ids.filter((id) => (namers.get(id) ?? []).every((namer) => removed.has(namer)));
    await eachSideBySide(free, sideBySide, (id) =>
      store.remove(nameOf(kind, id)).catch((error: unknown) => {
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
