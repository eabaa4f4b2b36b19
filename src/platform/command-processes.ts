import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from './errors.ts';
import { residentMiB } from './resident-memory.ts';

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
/** A process becomes another program within this time, as a rule. */
const replacedMs = 5;

/** Ends all of them, whatever they do about it, and answers when none is left. */
export async function killAll(processes: CommandProcesses): Promise<void> {
  killIfThere(-processes.leader);
  if (process.platform !== 'linux') return;
  for (let round = 0; round < mostRounds; round += 1) {
    const { ours, unclear } = await look(processes);
    if (ours.length === 0 && !unclear) return;
    for (const { pid } of ours) killIfThere(pid);
    if (ours.length === 0) await setTimeout(replacedMs);
  }
}

/** How much memory they hold together, in MiB; what they share counts for each. */
export async function residentMiBOf(processes: CommandProcesses): Promise<number> {
  if (process.platform !== 'linux') return residentByPs(processes.leader);
  const { ours } = await look(processes);
  const each = await Promise.all(ours.map(({ pid }) => residentMiB(pid)));
  return each.reduce((sum, MiB) => sum + MiB, 0);
}

/**
 * Those that run, all of them younger than this process. `unclear`: one of these becomes another program just now, shows no
 * environment, and may be one of ours.
 */
async function look({
  leader,
  mark,
}: CommandProcesses): Promise<{ ours: RunningProcess[]; unclear: boolean }> {
  const running = await runningProcesses();
  const bornAt = running.find(({ pid }) => pid === process.pid)?.startedAt ?? 0;
  const younger = running.filter(({ startedAt }) => startedAt >= bornAt);
  const environments = await Promise.all(younger.map(({ pid }) => readProc(pid, 'environ')));
  return {
    ours: younger.filter(({ session }, i) => session === leader || environments[i]?.includes(mark) === true),
    unclear: environments.includes(''),
  };
}

interface RunningProcess {
  pid: number;
  session: number;
  /** In ticks since the machine was started. */
  startedAt: number;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields count from 1, and the third follows the name. */
async function runningProcesses(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid));
  const stats = await Promise.all(pids.map((pid) => readProc(pid, 'stat')));
  return pids.flatMap((pid, i) => {
    const stat = stats[i] ?? '';
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === '' || fields[0] === 'Z') return [];
    return [{ pid, session: Number(fields[6 - 3]), startedAt: Number(fields[22 - 3]) }];
  });
}

/** `undefined` for a process that is gone, or somebody else's. */
const readProc = (pid: number, file: string): Promise<string | undefined> =>
  readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => undefined);

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
