import { createHash } from 'node:crypto';
import {
  type FileHandle,
  open,
  opendir,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

/** A stored file as rows name it. */
export interface StoredFile {
  path: string;
  bytes: number;
  sha256: string;
}

/** There is less room than a file needs, known before the disk itself says so; has the disk's own code. */
class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
  readonly code = 'ENOSPC';
}

/**
 * The real path of what `path` names below `root`, after every symbolic link is followed; `undefined` when that lies
 * outside the root.
 * @throws the system's own error, `ENOENT` above all
 */
export async function realPathInside(root: string, path: string): Promise<string | undefined> {
  const realRoot = await realpath(root);
  const real = await realpath(resolve(realRoot, path));
  return real.startsWith(realRoot + sep) ? real : undefined;
}

const hashedAtOnce = 64 * 1024;

/**
 * The size and SHA-256 of a file's content, read through one small buffer: a stream's buffers stay in memory until the next
 * garbage collection, a third of a large file by then.
 * @throws the system's own error, or the reason of `signal`
 */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(hashedAtOnce);
  const file = await open(path, 'r');
  try {
    let bytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** Writes and flushes a file; what fails leaves nothing. */
export async function writeFlushed<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await open(path, 'w');
    try {
      const result = await write(file);
      await file.sync();
      return result;
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined); // the error that matters is the first
    throw error;
  }
}

/** Gives a flushed file its final name in the same folder, and flushes the folder. */
export async function renameFlushed(folder: string, from: string, to: string): Promise<string> {
  const target = join(folder, to);
  await rename(join(folder, from), target);
  await flushToDisk(folder);
  return target;
}

/**
 * Writes a file so that a reader sees it whole or not at all, also after `kill -9`: a temporary name in the same
 * folder, flush, rename, flush of the folder.
 */
export async function writeAtomically(
  folder: string,
  name: string,
  temporaryName: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<string> {
  const temporary = join(folder, temporaryName);
  await writeFlushed(temporary, write);
  try {
    return await renameFlushed(folder, temporaryName, name);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Flushes a file; or a folder, the names in it and not what they stand for. */
export async function flushToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

const flushedAtOnce = 8;

/** Flushes a folder of files and folders with all that is in it. Some hundred files take a tenth of a second. */
export async function flushTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await flushTree(join(folder, entry.name));
  const files = entries.filter((entry) => entry.isFile()).values();
  const flushRest = async () => {
    for (const { name } of files) await flushToDisk(join(folder, name));
  };
  await Promise.all(Array.from({ length: flushedAtOnce }, flushRest));
  await flushToDisk(folder);
}

/** @throws {NoRoomError} when the folder's disk has less room than `bytes` */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw new NoRoomError(`the disk has no room for ${bytes} bytes`);
}

/** Removes files of a folder that `leftOver` names and that nobody wrote to for `olderThanMs`. Answers how many. */
export async function sweepFiles(
  folder: string,
  leftOver: (name: string) => boolean,
  olderThanMs: number,
  now = Date.now(),
): Promise<number> {
  let swept = 0;
  for await (const { name } of await opendir(folder)) {
    if (!leftOver(name)) continue;
    if (await removeOlder(join(folder, name), olderThanMs, now)) swept += 1;
  }
  return swept;
}

/** Removes a file, or a folder with all that is in it, that is older than `olderThanMs`; `false` for one that is younger, or gone. */
export async function removeOlder(path: string, olderThanMs: number, now = Date.now()): Promise<boolean> {
  const info = await stat(path).catch(() => undefined); // gone already: somebody else removed it
  if (info === undefined || now - info.mtimeMs < olderThanMs) return false;
  await rm(path, { recursive: true, force: true });
  return true;
}
