import { Context } from '@temporalio/activity';
import { removeOlder } from '../platform/files.ts';
import { reconcilerRepairs } from '../platform/metrics.ts';
import { reconcileStatements } from '../queues/reconcile-statements.ts';
import { type JobFiles, jobIdsIn, pathOf, uploadsOfOthers } from './job-files.ts';
import type { ReconcileDeps } from './reconcile.ts';

const pageFiles = 500;
/** Longer than any upload takes from its file's name to its COMMIT, by far. */
const orphanedMs = 24 * 60 * 60 * 1000;

/** Temporary files that a killed worker left. */
export async function sweepTemporaryFiles(deps: ReconcileDeps): Promise<void> {
  const swept = await deps.results.sweep();
  if (swept === 0) return;
  reconcilerRepairs.inc({ queue: '', rule: 'temporary_files' }, swept);
  deps.log.info({ files: swept }, 'left-over temporary files removed');
}

/**
 * Uploads and results of jobs that have no row: an API killed in the middle of a request, a row deleted by hand. A day old at least, and
 * only by names that Switchyard gave. Where the table has no rows at all nothing is removed: that is more likely the
 * wrong database, or one that is about to be restored.
 */
export async function removeOrphanedFiles(deps: ReconcileDeps, files: JobFiles): Promise<void> {
  const { anyRow } = reconcileStatements(files.queue);
  const { rows } = await deps.pool.query<{ found: boolean }>(anyRow);
  if (rows[0]?.found !== true) return;
  for (const kind of [files.uploads, files.results]) {
    let removed = 0;
    for await (const ids of jobIdsIn(kind, pageFiles)) {
      Context.current().heartbeat();
      Context.current().cancellationSignal.throwIfAborted();
      for (const id of await withoutRow(deps, files, ids)) {
        if (await removeOlder(pathOf(kind, id), orphanedMs)) removed += 1;
      }
    }
    if (removed === 0) continue;
    reconcilerRepairs.inc({ queue: files.queue.name, rule: 'orphaned_files' }, removed);
    deps.log.warn({ queue: files.queue.name, files: removed, folder: kind.folder }, 'orphaned files removed');
  }
}

async function withoutRow(deps: ReconcileDeps, files: JobFiles, ids: readonly string[]): Promise<string[]> {
  const { known } = reconcileStatements(files.queue);
  const { rows } = await deps.pool.query<{ id: string }>(known, [ids]);
  const found = new Set(rows.map(({ id }) => id));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === 0) return [];
  const named = await uploadsOfOthers(deps.pool, files, missing);
  return missing.filter((id) => !named.has(id));
}
