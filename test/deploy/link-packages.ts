import { cp, lstat, mkdir, readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Gives a copy of this repository in `folder` its packages: those of others are links to ours, and the links to the repository's own
 * parts lead to those of the copy.
 */
export async function linkPackages(folder: string): Promise<void> {
  const packages = join(folder, 'node_modules');
  await mkdir(packages);
  for (const name of await readdir('node_modules')) {
    const ours = resolve('node_modules', name);
    const isPart = name === '@switchyard' || (await lstat(ours)).isSymbolicLink();
    if (isPart) await cp(ours, join(packages, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(ours, join(packages, name));
  }
}
