import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How much memory a process holds, in MiB; 0 when it is gone. Linux tells in /proc, macOS by `ps`. */
export async function residentMiB(pid: number): Promise<number> {
  return process.platform === 'linux' ? residentByProc(pid) : residentByPs(pid);
}

async function residentByProc(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

export async function residentByPs(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return Number(stdout.trim()) / 1024;
}
