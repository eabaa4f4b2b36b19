import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { flushToDisk, flushTree, hashFile, KnownError, mayPass } from 'pg-switchyard';
import { create, extract, type ReadEntry } from 'tar';

export interface Artifact {
  bytes: number;
  sha256: string;
}

/** Why a folder makes no artifact, or an artifact no folder. */
export class NoArtifact extends KnownError {
  override readonly name = 'NoArtifact';
}

/**
 * Packs a folder, `tar.gz`: files and folders, in one order and without times, so that the same content gives the same
 * artifact.
 * @throws {NoArtifact} when the folder is larger than `maxBytes`, empty, cannot be read or changes meanwhile, or holds links, devices and the like
 * @throws the storage's error, where that stands in the way
 */
export async function packArtifact(folder: string, file: string, maxBytes: number): Promise<Artifact> {
  const paths: string[] = [];
  let bytes = 0;
  const walk = async (below: string): Promise<void> => {
    for (const name of await namesIn(folder, below)) {
      const path = join(below, name);
      const info = await lstat(join(folder, path));
      const why = whyNotPacked(info);
      if (why !== undefined) throw new NoArtifact(`${shown(path)} is ${why}, which no artifact may hold`);
      paths.push(path);
      if (info.isDirectory()) await walk(path);
      else bytes += info.size;
      if (bytes > maxBytes)
        throw new NoArtifact(`it is larger than ${maxBytes} bytes (BUILD_ARTIFACT_BYTES)`);
    }
  };
  await walk('').catch((error: unknown) => rethrowUnreadable(folder, error));
  if (paths.length === 0) throw new NoArtifact('it is empty');
  await create(
    { gzip: true, cwd: folder, file, portable: true, noMtime: true, noDirRecurse: true, follow: false },
    paths.map((path) => `./${path}`),
  ).catch((error: unknown) => rethrowUnreadable(folder, error));
  await flushToDisk(file);
  return hashFile(file);
}

async function namesIn(folder: string, below: string): Promise<string[]> {
  const names = await readdir(join(folder, below), { encoding: 'buffer' });
  const strange = names.find((name) => !isUtf8(name));
  if (strange !== undefined)
    throw new NoArtifact(`${shown(join(below, strange.toString()))} has a name that is not UTF-8`);
  return names.map(String).sort();
}

function whyNotPacked(info: Stats): string | undefined {
  if (info.isDirectory()) return undefined;
  if (info.isSymbolicLink()) return 'a symbolic link';
  if (!info.isFile()) return 'a device, socket or pipe';
  return info.nlink > 1 ? 'a file of several names (a hard link)' : undefined;
}

/** What speaks of a path in the folder is the folder's fault, unless it may pass; anything else is thrown as it is. */
function rethrowUnreadable(folder: string, error: unknown): never {
  if (!(error instanceof Error) || error instanceof NoArtifact || mayPass(error)) throw error;
  const { code, path } = error as NodeJS.ErrnoException;
  if (path === undefined || !isBelow(folder, path)) throw error;
  const why =
    code === 'EOF' || code === 'ENOENT' ? 'changed while it was packed' : `cannot be read (${code})`;
  throw new NoArtifact(`${shown(relative(folder, path) || '.')} ${why}`, { cause: error });
}

const isBelow = (folder: string, path: string) => path === folder || path.startsWith(folder + sep);

/** Names that a build gave, for a sentence. */
const shown = (path: string) => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

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
