import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeOlder } from '../../platform/files.ts';
import { reconcileStatements } from '../../sql/reconciler.ts';
import { type JobFiles, nameOf } from '../results/job-files.ts';
import type { ReconcileDeps } from './deps.ts';
import { clearFolder } from './walk.ts';

/** Both the row must have ended for so long, and nobody have begun the try since. */
const leftMs = 24 * 60 * 60 * 1000;

/**
 * What tries left in the folders of jobs that have ended: their worker was killed, or another run had the row by the time they
 * were done, and no next try came to clear it away.
 */
export async function removeLeftTries(deps: ReconcileDeps, { queue, own }: JobFiles): Promise<void> {
  for (const kind of own) {
    const { triesPrefix } = kind;
    if (triesPrefix === undefined) continue;
    await clearFolder(deps, { queue, kind, rule: 'left_tries' }, async (ids) => {
      let removed = 0;
      for (const id of await endedLongAgo(deps, queue, ids))
        removed += await removeTries(deps, join(kind.folder, nameOf(kind, id)), triesPrefix);
      return removed;
    });
  }
}

async function endedLongAgo(
  { pool }: ReconcileDeps,
  queue: JobFiles['queue'],
  ids: readonly string[],
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string; ended: boolean }>(reconcileStatements(queue).rows, [
    ids,
    leftMs,
  ]);
  return rows.filter(({ ended }) => ended).map(({ id }) => id);
}

/** One that cannot be removed keeps no other. Answers how many were. */
async function removeTries({ log }: ReconcileDeps, folder: string, prefix: string): Promise<number> {
  let removed = 0;
  try {
    for (const name of await readdir(folder)) {
      if (name.startsWith(prefix) && (await removeOlder(join(folder, name), leftMs))) removed += 1;
    }
  } catch (error) {
    log.warn({ path: folder, err: error }, 'left-over tries could not be removed');
  }
  return removed;
}
