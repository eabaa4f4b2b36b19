import { join } from 'node:path';
import { removeOlder, storageError } from 'pg-switchyard';
import type { GitDirectories } from './git-view.ts';

/** Git holds the lock of a ref for milliseconds. */
const leftMs = 10_000;

/**
 * Removes locks that a git which was killed while it wrote left on these refs. Nobody else may work with them: a lock is no
 * older than that where somebody does.
 */
export async function removeLeftLocks({ common }: GitDirectories, refs: readonly string[]): Promise<void> {
  const locks = refs.map((ref) => join(common, `${ref}.lock`));
  await Promise.all(locks.map((path) => removeOlder(path, leftMs))).catch((error: unknown) => {
    throw storageError('a lock that a killed git left cannot be removed', error, { final: false });
  });
}
