import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Places } from './load.ts';

/** What ends the commands of a killed worker looks three times, a second apart. */
const patienceMs = 10_000;
const lookEveryMs = 200;

/** Commands that still run on the small disk, or were given folders there, although no job does: each by its words. Linux alone. */
export async function leftProcesses({ disk }: Places): Promise<string[]> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const left = await commandsBelow(disk);
    if (left.length === 0 || performance.now() > giveUpAt) return left;
    await pause(lookEveryMs);
  }
}

async function commandsBelow(folder: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(join('/proc', pid, 'cwd')).catch(() => ''); // gone, or somebody else's
      const words = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
      if (!cwd.startsWith(folder) && !words.includes(folder)) return [];
      return [`${pid} in ${cwd}: ${words.replaceAll('\0', ' ').trim()}`];
    }),
  );
  return found.flat();
}
