import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const prefix = 'switchyard-gateway-';
/** No request lasts nearly as long. */
const leftOverAfterMs = 24 * 60 * 60 * 1000;

/** Does `work` in a new folder below `parent` that nobody else can read, and removes the folder, whatever happens. */
export async function inWorkFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(parent, prefix));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what a gateway left that was killed. Answers how many folders there were. */
export async function sweepWorkFolders(parent: string, now = Date.now()): Promise<number> {
  let swept = 0;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const info = await stat(join(parent, name)).catch(() => undefined); // gone already: it was in use
    if (info === undefined || now - info.mtimeMs < leftOverAfterMs) continue;
    await rm(join(parent, name), { recursive: true, force: true });
    swept += 1;
  }
  return swept;
}
