import { reconcilerRepairs } from '../../platform/metrics.ts';
import type { FileKind, QueueDefinition } from '../../queues/definition.ts';
import { reconcileStatements } from '../../sql/reconciler.ts';
import { type JobFiles, nameOf, namersOf } from '../results/job-files.ts';
import { requireVisible } from '../rows/hidden-rows.ts';
import type { ReconcileDeps } from './deps.ts';
import { clearFolder } from './walk.ts';

/** Longer, by far, than it takes from the name of a file to the COMMIT of its row. */
const orphanedMs = 24 * 60 * 60 * 1000;

/** Temporary files that a killed worker left. */
export async function sweepTemporaryFiles(deps: ReconcileDeps): Promise<void> {
  const swept = await deps.results.sweep();
  if (swept === 0) return;
  reconcilerRepairs.inc({ queue: '', rule: 'temporary_files' }, swept);
  deps.log.info({ files: swept }, 'left-over temporary files removed');
}

/**
 * Files and folders of jobs that have no row: an API killed in the middle of a request, a row deleted by hand. A day old at least, and
 * only by names that Switchyard gave. Where the table has no rows at all nothing is removed: that is more likely the
 * wrong database, or one that is about to be restored.
 */
export async function removeOrphanedFiles(deps: ReconcileDeps, files: JobFiles): Promise<void> {
  const { queue } = files;
  const { rows } = await deps.pool.query<{ found: boolean }>(reconcileStatements(queue).anyRow);
  if (rows[0]?.found !== true) return;
  for (const { queue: naming } of deps.files) await requireVisible(deps.pool, naming);
  for (const kind of files.own) {
    await clearFolder(deps, { queue, kind, rule: 'orphaned_files' }, async (ids) => {
      let removed = 0;
      for (const id of await withoutRow(deps, queue, kind, ids)) {
        if (await removeOrphan(deps, kind, nameOf(kind, id))) removed += 1;
      }
      return removed;
    });
  }
}

/** One that cannot be removed keeps no other. */
const removeOrphan = ({ storage, log }: ReconcileDeps, kind: FileKind, name: string): Promise<boolean> =>
  storage
    .at(kind)
    .removeOlder(name, orphanedMs)
    .catch((error: unknown) => {
      log.warn({ folder: kind.folder, name, err: error }, 'an orphaned file could not be removed');
      return false;
    });

async function withoutRow(
  deps: ReconcileDeps,
  queue: QueueDefinition,
  kind: FileKind,
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await deps.pool.query<{ id: string }>(reconcileStatements(queue).known, [ids]);
  const found = new Set(rows.map(({ id }) => id));
  const missing = ids.filter((id) => !found.has(id));
  const named = await namersOf(deps.pool, deps.files, { queue, kind }, missing);
  return missing.filter((id) => !named.has(id));
}
