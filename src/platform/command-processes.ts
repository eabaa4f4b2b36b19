import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from './errors.ts';

const run = promisify(execFile);

/** A command's processes: those of its session (elsewhere than on Linux, of its group), and those that carry its mark. */
export interface CommandProcesses {
  /** The first of them, which leads the group and the session. */
  leader: number;
  /** `NAME=value`, in the environment that they inherit: how those are found that left the session. Linux alone. */
  mark: string;
}

/** So often at most: a process may start another while it is looked for. */
const mostRounds = 10;

/** Ends all of them, whatever they do about it, and answers when none is left. */
export async function killAll(processes: CommandProcesses): Promise<void> {
  killIfThere(-processes.leader);
  for (let round = 0; round < mostRounds; round += 1) {
    const pids = await strays(processes);
    if (pids.length === 0) return;
    for (const pid of pids) killIfThere(pid);
  }
}

/** How much memory those of the session hold together, in MiB; what they share counts for each. */
export async function residentMiBOf({ leader }: CommandProcesses): Promise<number> {
  if (process.platform !== 'linux') return residentByPs(leader);
  const pids = await processIds((pid) => isInSession(pid, leader));
  const each = await Promise.all(pids.map(residentMiB));
  return each.reduce((sum, MiB) => sum + MiB, 0);
}

async function strays({ leader, mark }: CommandProcesses): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  return processIds(
    async (pid) => (await isInSession(pid, leader)) || (await text(pid, 'environ')).includes(mark),
  );
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: state, parent, group and session follow the name. */
async function isInSession(pid: number, leader: number): Promise<boolean> {
  const stat = await text(pid, 'stat');
  const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(session) === leader && state !== 'Z';
}

async function processIds(isWanted: (pid: number) => Promise<boolean>): Promise<number[]> {
  const all = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid));
  const wanted = await Promise.all(all.map(isWanted));
  return all.filter((_, i) => wanted[i]);
}

/** Empty for a process that is gone, or somebody else's. */
const text = (pid: number, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');

async function residentMiB(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(await text(pid, 'status'))?.[1] ?? 0) / 1024;
}

async function residentByPs(leader: number): Promise<number> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss=']);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return rows.reduce((sum, [group, kiB = 0]) => (group === leader ? sum + kiB / 1024 : sum), 0);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}
