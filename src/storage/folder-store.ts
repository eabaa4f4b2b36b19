import { createHash, randomUUID } from 'node:crypto';
import {
  access,
  constants,
  copyFile,
  type FileHandle,
  mkdir,
  open,
  opendir,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { systemErrorCode } from '../platform/errors.ts';
import {
  flushToDisk,
  realPathInside,
  removeOlder,
  renameFlushed,
  requireRoom,
  sweepFiles,
  writeAtomically,
} from '../platform/files.ts';
import { type FileStore, NotAFile, OutsideStore, type StoredContent } from './store.ts';

const chunkBytes = 64 * 1024;
/** How the names of files end that are not whole yet. */
const partEnding = '.part';

/** Files in a folder, which all processes share. What is published is flushed: it survives a crash of the machine. */
export function createFolderStore(root: string): FileStore {
  return {
    prepare: async (folder) => void (await mkdir(join(root, folder), { recursive: true })),

    async put(name, source) {
      const folder = join(root, dirname(name));
      const hash = createHash('sha256');
      let bytes = 0;
      await writeAtomically(folder, basename(name), basename(name) + partEnding, async (file) => {
        for await (const chunk of source) {
          hash.update(chunk);
          bytes += chunk.length;
          await file.writeFile(chunk); // all of it, where `write` may write less
        }
      });
      return { path: name, bytes, sha256: hash.digest('hex') };
    },

    async place(name, file, options) {
      const folder = join(root, dirname(name));
      if (options?.mayMove === true)
        return {
          remove: () => rm(file.path, { force: true }),
          async publish() {
            await rename(file.path, join(root, name));
            await flushToDisk(folder);
            return name;
          },
        };
      // By chance, so that a worker thought lost, and the one that took its job over, never write to one file.
      const temporary = `${basename(name)}.${randomUUID()}${partEnding}`;
      const remove = () => rm(join(folder, temporary), { force: true });
      const gone = async (error: unknown): Promise<never> => {
        await remove().catch(() => undefined); // the sweep finds it
        throw error;
      };
      await copyFile(file.path, join(folder, temporary))
        .then(() => flushToDisk(join(folder, temporary)))
        .catch(gone);
      return {
        remove,
        async publish() {
          await renameFlushed(folder, temporary, basename(name)).catch(gone);
          return name;
        },
      };
    },

    open: async (name) => openFile(await inside(root, name)),
    async local(name) {
      const path = await inside(root, name);
      const { bytes, close } = await openFile(path);
      await close();
      return { path, bytes, name: relative(await realpath(root), path) };
    },
    remove: (name) => rm(join(root, name), { recursive: true, force: true }),
    removeOlder: (name, olderThanMs) => removeOlder(join(root, name), olderThanMs),
    names: (ending) => namesIn(root, ending),
    sweep: (folder, olderThanMs) =>
      sweepFiles(join(root, folder), (name) => name.endsWith(partEnding), olderThanMs),
    requireRoom: (bytes) => requireRoom(root, bytes),
    check: () => access(root, constants.W_OK | constants.X_OK),
    downloadUrl: async () => undefined,
  };
}

async function inside(root: string, name: string): Promise<string> {
  const path = await realPathInside(root, name);
  if (path === undefined) throw new OutsideStore('it lies outside the folder of its kind');
  return path;
}

/** A file of this machine. @throws {NotAFile} */
export async function openFile(path: string): Promise<StoredContent> {
  // Not blocking: the other end of a pipe may never come.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const close = () => file.close();
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new NotAFile('it is not a regular file');
    return {
      bytes: info.size,
      chunks: () => chunksOf(file, info.size),
      stream: async (range) => file.createReadStream(range),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** All through one buffer: those of a stream lie about until the garbage collector comes, as many megabytes as the file has. */
async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  for (let position = 0; position < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(chunkBytes, size - position), position);
    if (bytesRead === 0) throw new Error('the file became shorter');
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/** None in a folder that nobody made yet. */
async function* namesIn(folder: string, ending: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    return [];
  });
  for await (const entry of entries) {
    const isKind = ending === '' ? entry.isDirectory() : entry.isFile() && entry.name.endsWith(ending);
    if (isKind) yield entry.name;
  }
}
