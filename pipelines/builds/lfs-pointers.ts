import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from './build-git.ts';
import { someOf } from './named-paths.ts';

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const firstLine = 'version https://git-lfs.github.com/spec/';
const mostLooked = 100;

/** A sentence about the files that are pointers of Git LFS, if there are any: a build that needs their content fails in odd ways. */
export async function lfsPointers(git: Git, folder: string): Promise<string[]> {
  const listed = await git('ls-files', '-z', '--', ':(attr:filter=lfs)');
  const paths = listed.split('\0').filter((path) => path !== '');
  const pointers: string[] = [];
  for (const path of paths.slice(0, mostLooked)) {
    if (await beginsWith(join(folder, path), firstLine)) pointers.push(path);
  }
  if (pointers.length === 0) return [];
  return [`files of Git LFS are pointers, as builds do not fetch their content: ${someOf(pointers)}`];
}

async function beginsWith(path: string, text: string): Promise<boolean> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined); // a link is no pointer
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(text.length), 0, text.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === text;
  } finally {
    await file.close();
  }
}
