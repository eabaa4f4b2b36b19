import { readFile } from 'node:fs/promises';

/** Whether the process runs. `process.kill(pid, 0)` finds those too that have ended and whose parent has not looked yet. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\s+Z/m.test(status);
}
