import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../src/platform/errors.ts';
import { mountSmallDisk, smallDisks } from '../test/support/small-disk.ts';

/** Where uploads, staged answers and results lie: a small disk that can be filled, where this user may mount one. */
export interface Disk {
  path: string;
  /** Takes all the room there is. */
  fill(): Promise<void>;
  free(): Promise<void>;
  close(): void;
}

const sizeMiB = 64;

export const disksCanBeFilled = smallDisks.available;

export async function provideDisk(folder: string): Promise<Disk> {
  if (!disksCanBeFilled) {
    const path = join(folder, 'data');
    await mkdir(path);
    return { path, fill: async () => undefined, free: async () => undefined, close: () => undefined };
  }
  const { path, unmount } = mountSmallDisk(sizeMiB);
  const filling = join(path, 'filling');
  return { path, fill: () => fill(filling), free: () => rm(filling, { force: true }), close: unmount };
}

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  const block = Buffer.alloc(64 * 1024);
  try {
    while (true) await file.write(block);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}
