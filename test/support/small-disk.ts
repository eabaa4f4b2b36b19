import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  path: string;
  unmount(): void;
}

/** A disk (tmpfs) of its own, in the folder that is named or in one that is removed with it. Throws where this user may mount none. */
export function mountSmallDisk(mebibytes: number, inFolder?: string): SmallDisk {
  const folder = inFolder ?? mkdtempSync(join(tmpdir(), 'switchyard-disk-'));
  const path = join(folder, 'disk');
  mkdirSync(path);
  const remove = () => rmSync(inFolder === undefined ? folder : path, { recursive: true, force: true });
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'switchyard-test', path];
    execFileSync('mount', options, { stdio: 'pipe' });
  } catch (error) {
    remove();
    throw error;
  }
  return {
    path,
    unmount: () => {
      execFileSync('umount', [path]);
      remove();
    },
  };
}

function mayMount(): boolean {
  try {
    mountSmallDisk(1).unmount();
    return true;
  } catch {
    return false;
  }
}

/** Whether tests of a full disk can run here, and what their titles say when they cannot. */
export const smallDisks = mayMount()
  ? { available: true, note: '' }
  : { available: false, note: ' (skipped: this user may mount no disk)' };
