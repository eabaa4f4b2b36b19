import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that one try of a job works in. What is left of it when a worker is killed is cleared away by the next try. */
export interface TryFolder {
  path: string;
  /** Whether an earlier try left its folder: its worker was killed. */
  recovers: boolean;
  remove(): Promise<void>;
}

export async function makeTryFolder(parent: string, prefix: string): Promise<TryFolder> {
  await mkdir(parent, { recursive: true });
  const left = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  await Promise.all(left.map((name) => removeFolder(join(parent, name))));
  const path = await mkdtemp(join(parent, prefix));
  return { path, recovers: left.length > 0, remove: () => removeFolder(path) };
}

const removeFolder = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 3 });
