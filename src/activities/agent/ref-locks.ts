import { removeOlder } from '../../platform/files.ts';
import { storageError } from '../files.ts';

/** Git holds the lock of a ref for milliseconds. */
const leftMs = 10_000;

/**
 * Removes locks that a git which was killed while it wrote left on these refs. Nobody else may work with them: a lock is no
 * older than that where somebody does.
 */
export async function removeLeftLocks(
  git: (args: string[]) => Promise<string>,
  refs: readonly string[],
): Promise<void> {
  const files = refs.flatMap((ref) => ['--git-path', `${ref}.lock`]);
  const paths = await git(['rev-parse', '--path-format=absolute', ...files]);
  await Promise.all(paths.split('\n').map((path) => removeOlder(path, leftMs))).catch((error: unknown) => {
    throw storageError('a lock that a killed git left cannot be removed', error, { final: false });
  });
}
