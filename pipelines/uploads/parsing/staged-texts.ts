import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileStore, hashFile, storageError, sweepFiles } from 'pg-switchyard';

/** Below the upload root: where that is shared by all workers, each goes on with the pages that another has read. */
export const parsingFolder = '.parsing';
const ending = '.text.part';
/** Longer than the deadline of a job, which may still come back for its own. */
const leftOverMs = 48 * 60 * 60 * 1000;
const sweepEveryMs = 60 * 60 * 1000;
const formFeed = 0x0c;

/**
 * Texts that are not whole yet. Each page in them ends with a form feed, so the file itself says how many there are, whatever
 * cut it short. Each try writes to a file of its own, and begins it with the whole pages of the one before.
 */
export interface StagedTexts {
  /** A file for the text of this key, with the pages that are done. */
  begin(key: string): Promise<{ path: string; pages: number }>;
  /** Whether there is anything but space in it. */
  holdsText(path: string): Promise<boolean>;
  /** Gives the text its final place, whole or not at all, and removes it here. Answers the path that rows name. */
  publish(path: string, name: string): Promise<string>;
}

export function createStagedTexts(uploadRoot: string, uploads: FileStore): StagedTexts {
  const folder = join(uploadRoot, parsingFolder);
  let sweptAt = 0;
  const stored = (error: unknown): never => {
    throw storageError('the text could not be stored', error, { final: false });
  };

  async function sweepNowAndThen(): Promise<void> {
    if (Date.now() - sweptAt < sweepEveryMs) return;
    sweptAt = Date.now();
    await sweepFiles(folder, (name) => name.endsWith(ending) || name.endsWith('.document'), leftOverMs);
  }

  async function begin(key: string): Promise<{ path: string; pages: number }> {
    await mkdir(folder, { recursive: true });
    await sweepNowAndThen();
    const path = join(folder, `${key}.${randomUUID()}${ending}`);
    const before = await earlierTexts(folder, key);
    const [longest] = before;
    if (longest === undefined) await (await open(path, 'wx')).close();
    else await copyFile(longest, path);
    const { pages, bytes } = await wholePages(path);
    await truncate(path, bytes);
    for (const earlier of before) await rm(earlier, { force: true });
    return { path, pages };
  }

  return {
    begin: (key) => begin(key).catch(stored),
    holdsText: (path) => holdsText(path).catch(stored),
    async publish(path, name) {
      try {
        const placed = await uploads.place(name, { path, ...(await hashFile(path)) });
        const stored = await placed.publish();
        await rm(path, { force: true });
        return stored;
      } catch (error) {
        return stored(error);
      }
    },
  };
}

/** What earlier tries left of this text, the longest first. */
async function earlierTexts(folder: string, key: string): Promise<string[]> {
  const found: { path: string; size: number }[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${key}.`) || !name.endsWith(ending)) continue;
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined); // another try took it over
    if (info !== undefined) found.push({ path, size: info.size });
  }
  return found.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

async function wholePages(path: string): Promise<{ pages: number; bytes: number }> {
  let [pages, bytes, at] = [0, 0, 0];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let i = chunk.indexOf(formFeed); i !== -1; i = chunk.indexOf(formFeed, i + 1)) {
      pages += 1;
      bytes = at + i + 1;
    }
    at += chunk.length;
  }
  return { pages, bytes };
}

async function holdsText(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (chunk.some((byte) => byte > 0x20)) return true;
  }
  return false;
}
