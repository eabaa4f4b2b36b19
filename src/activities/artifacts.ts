import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { create, extract, type ReadEntry } from 'tar';
import { flush, flushTree, hashFile } from '../platform/files.ts';
import { mayPass } from './files.ts';

export interface Artifact {
  bytes: number;
  sha256: string;
}

/** Why a folder makes no artifact, or an artifact no folder. */
export class NoArtifact extends Error {
  override readonly name = 'NoArtifact';
}

/**
 * Packs a folder, `tar.gz`: files and folders, in one order and without times, so that the same content gives the same
 * artifact.
 * @throws {NoArtifact} when the folder is larger than `maxBytes`, empty, or holds links, devices and the like
 */
export async function packArtifact(folder: string, file: string, maxBytes: number): Promise<Artifact> {
  const paths: string[] = [];
  let bytes = 0;
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(folder, below))).sort()) {
      const path = join(below, name);
      const info = await lstat(join(folder, path));
      if (!info.isDirectory() && (!info.isFile() || info.nlink > 1))
        throw new NoArtifact(`the output holds ${path}, which is neither a folder nor a file of one name`);
      paths.push(path);
      if (info.isDirectory()) await walk(path);
      else bytes += info.size;
      if (bytes > maxBytes) throw new NoArtifact(`the output is larger than ${maxBytes} bytes`);
    }
  };
  await walk('');
  if (paths.length === 0) throw new NoArtifact('the output is empty');
  await create(
    { gzip: true, cwd: folder, file, portable: true, noMtime: true, noDirRecurse: true, follow: false },
    paths.map((path) => `./${path}`),
  );
  await flush(file);
  return hashFile(file);
}

/**
 * Unpacks an artifact into an empty folder, and flushes it. Only files and folders come out of it, only inside the folder, with no special
 * rights.
 * @throws {NoArtifact} for one that holds anything else or more than `maxBytes`; what was unpacked stays
 * @throws the storage's error, where that stands in the way
 */
export async function unpackArtifact(file: string, folder: string, maxBytes: number): Promise<void> {
  let bytes = 0;
  let refused: string | undefined;
  const allow = (path: string, entry: ReadEntry): boolean => {
    bytes += entry.size;
    const isPlain = entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'Directory';
    if (!isPlain) refused ??= `it holds ${path}, which is neither a file nor a folder`;
    if (isOutside(path)) refused ??= `it holds ${path}, which lies outside its folder`;
    if (bytes > maxBytes) refused ??= `it holds more than ${maxBytes} bytes`;
    return refused === undefined;
  };
  const onReadEntry = (entry: ReadEntry) => {
    if (entry.mode !== undefined) entry.mode &= 0o755;
  };
  const filter = (path: string, entry: unknown) => allow(path, entry as ReadEntry);
  try {
    await extract({ file, cwd: folder, strict: true, preserveOwner: false, onReadEntry, filter });
  } catch (error) {
    if (refused === undefined && mayPass(error)) throw error;
    throw new NoArtifact(`it cannot be unpacked: ${refused ?? (error as Error).message}`, { cause: error });
  }
  if (refused !== undefined) throw new NoArtifact(refused);
  await flushTree(folder);
}

const isOutside = (path: string) => path.startsWith('/') || path.split(/[/\\]/).includes('..');
