import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { systemErrorCode } from 'pg-switchyard';

/** What Linux says of processes. */
export interface ProcFiles {
  pids(): number[];
  /** The pid that was given last: the same as before means that no process has begun since. */
  lastPid(): number;
  /** `undefined` for a process that is gone. */
  stat(pid: number): ProcStat | undefined;
  /** `undefined` for a process that is gone, or that belongs to another account. */
  environment(pid: number): Promise<string | undefined>;
  /** 0 for a process that is gone. */
  residentMiB(pid: number): number;
}

export interface ProcStat {
  state: string;
  parent: number;
  session: number;
  isKernelThread: boolean;
  /** In ticks since the machine was started: with the pid, it identifies a process uniquely. */
  startedAt: number;
  /** Where the program keeps its environment: another program has it elsewhere. 0: not told, or in exec(2) at this moment. */
  environmentStart: number;
  environmentEnd: number;
}

const kernelThread = 0x00200000; // PF_KTHREAD, include/linux/sched.h
const buffer = Buffer.allocUnsafeSlow(4096);

/**
 * Synchronous where the kernel answers at once: a read on the thread pool costs five times as much. Not for an environment,
 * for which the kernel waits for a process that is changing its memory.
 */
export const procFiles: ProcFiles = {
  pids: () => readdirSync('/proc').map(Number).filter(Number.isInteger),
  lastPid: () => Number((readAtOnce('/proc/loadavg') ?? '').split(' ')[4]),
  stat(pid) {
    const text = readAtOnce(`/proc/${pid}/stat`);
    return text === undefined ? undefined : parseStat(text);
  },
  residentMiB(pid) {
    const status = readAtOnce(`/proc/${pid}/status`) ?? '';
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  },
  environment: (pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(undefinedIfHidden),
};

function readAtOnce(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } catch (error) {
    return undefinedIfHidden(error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const hidden = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

/** For a process that is gone, or another account's. No other error may pass for that: the process would be left behind. */
function undefinedIfHidden(error: unknown): undefined {
  if (!hidden.has(systemErrorCode(error) ?? '')) throw error;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields count from 1, and the third follows the name. */
function parseStat(text: string): ProcStat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  if (fields.length < 49) return undefined;
  return {
    state: fields[0] ?? '',
    parent: field(4),
    session: field(6),
    isKernelThread: (field(9) & kernelThread) !== 0,
    startedAt: field(22),
    environmentStart: field(50),
    environmentEnd: field(51),
  };
}
