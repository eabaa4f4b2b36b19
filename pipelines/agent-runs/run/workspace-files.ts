import { chmod, lstat, readdir } from 'node:fs/promises';
import { systemErrorCode } from 'pg-switchyard';

/**
 * A path below a workspace, one character for each byte: Linux takes any bytes for a name, and git gives them back as they are.
 * `shown` is how a person reads it.
 */
export type BytePath = string;
export const shown = (path: BytePath): string => Buffer.from(path, 'latin1').toString();
export const inFolder = (folder: string, path: BytePath): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);

/** What lies in a workspace, by what git can do with it. */
export interface WorkspaceFiles {
  /** Files and symbolic links, which a commit can hold. */
  files: BytePath[];
  /** What stands in a `.git` that is not the workspace's own, and folders with nothing in them: no commit holds either. */
  outside: BytePath[];
  /** Sockets, pipes and devices, which hold nothing to keep. */
  special: BytePath[];
}

/** Git takes none of these names. */
const isGit = (name: string): boolean => name.toLowerCase() === '.git';

/** Follows no link. The workspace's own `.git` is left out where it is a folder. */
export async function listWorkspace(folder: string): Promise<WorkspaceFiles> {
  const found: WorkspaceFiles = { files: [], outside: [], special: [] };
  await listFolder(folder, '', false, found);
  return found;
}

async function listFolder(
  folder: string,
  path: BytePath,
  inGit: boolean,
  found: WorkspaceFiles,
): Promise<void> {
  const entries = await readFolder(inFolder(folder, path));
  if (entries.length === 0 && path !== '') found.outside.push(path);
  for (const entry of entries) {
    const own = path === '' ? entry.name : `${path}/${entry.name}`;
    if (own === '.git' && entry.isDirectory()) continue;
    const outside = inGit || isGit(entry.name);
    if (entry.isDirectory()) await listFolder(folder, own, outside, found);
    else if (entry.isFile() || entry.isSymbolicLink()) (outside ? found.outside : found.files).push(own);
    else found.special.push(own);
  }
}

/** A folder that a tool made unreadable for its own account is made readable. One that is gone meanwhile is empty. */
async function readFolder(path: Buffer) {
  const read = () => readdir(path, { withFileTypes: true, encoding: 'latin1' });
  return read().catch(async (error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    if (systemErrorCode(error) !== 'EACCES') throw error;
    await chmod(path, 0o700);
    return read();
  });
}

/** Lets the owner read each of the files. */
export async function makeReadable(folder: string, paths: readonly BytePath[]): Promise<void> {
  for (const path of paths) {
    const name = inFolder(folder, path);
    const info = await lstat(name).catch(() => undefined);
    if (info?.isFile() && (info.mode & 0o400) === 0) await chmod(name, (info.mode & 0o777) | 0o600);
  }
}
