import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemErrorCode } from 'pg-switchyard';
import type { SandboxPolicy } from '../../lib/sandbox/policy.ts';
import { findGitDirectories } from './git-view.ts';

/** Where the objects of a repository lie: its own folder, and those that it borrows from. */
export async function objectFolders(repository: string): Promise<string[]> {
  const { common } = await findGitDirectories(repository);
  const own = join(common, 'objects');
  const text = await readFile(join(own, 'info', 'alternates'), 'utf8').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return '';
    throw error;
  });
  const borrowed = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return [own, ...borrowed.map((line) => resolve(own, line))];
}

/** All that the worker's git needs of the machine: the repository, and the folder of the workspaces. */
export async function gitPlaces(repository: string, workspaces: string): Promise<SandboxPolicy> {
  const { common, own } = await findGitDirectories(repository);
  const readable = await objectFolders(repository);
  return { writable: [repository, common, own, workspaces], readable };
}
