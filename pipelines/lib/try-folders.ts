import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemErrorCode } from 'pg-switchyard';

const run = promisify(execFile);

/** A folder that one try of a job works in. What is left of it when a worker is killed is cleared away by the next try. */
export interface TryFolder {
  path: string;
  /** Whether an earlier try left its folder: its worker was killed. */
  recovers: boolean;
  remove(): Promise<void>;
}

/**
 * Removes what earlier tries left, by `scheduledAt` (of the work's context): one that was thought lost and wakes late, even before it
 * began, takes nothing from those that came after it.
 */
export async function makeTryFolder(parent: string, prefix: string, scheduledAt: string): Promise<TryFolder> {
  await mkdir(parent, { recursive: true });
  const isEarlier = (name: string) =>
    Number(/^\d+/.exec(name.slice(prefix.length))?.[0] ?? 0) < Number(scheduledAt);
  const names = await readdir(parent);
  const left = names.filter((name) => name.startsWith(prefix) && isEarlier(name));
  await Promise.all(left.map((name) => removeFolder(join(parent, name))));
  const path = await mkdtemp(join(parent, `${prefix}${scheduledAt}-`));
  return { path, recovers: left.length > 0, remove: () => removeFolder(path) };
}

/**
 * With all that is in it: also folders that their maker made read-only, as the module cache of Go, and paths that are longer than
 * the system takes at once, for which the programs go step by step.
 */
async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENAMETOOLONG', 'ENOTEMPTY'].includes(systemErrorCode(error) ?? '')) throw error;
    await run('chmod', ['-R', 'u+rwX', '--', path]);
    await run('rm', ['-rf', '--', path]);
  }
}
