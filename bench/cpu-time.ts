import { readdir, readFile } from 'node:fs/promises';

/** CPU time of a process by name, in milliseconds. */
export type CpuTimes = Readonly<Record<string, number>>;

interface ProcessTimes {
  parent: number;
  /** Of itself and of its ended children. */
  ms: number;
}

/** The clock of /proc/PID/stat on Linux: `getconf CLK_TCK`. */
const tickMs = 10;

/**
 * What each process that the benchmark started has used of the CPU since its start, with its children, by the first name whose pattern
 * its command line matches; `bench` is the benchmark itself.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export async function cpuTimes(names: Readonly<Record<string, RegExp>>): Promise<CpuTimes> {
  const processes = await readProcesses();
  const times: Record<string, number> = { bench: 0 };
  for (const [pid, { ms }] of processes) {
    const top = topOf(pid, processes);
    if (top === undefined) continue;
    const name = top === process.pid ? 'bench' : await nameOf(top, names);
    if (name !== undefined) times[name] = (times[name] ?? 0) + ms;
  }
  // What `process` waited for stands with its children too.
  times['bench'] = ownMs();
  return times;
}

/** What was used between two looks. */
export const cpuBetween = (before: CpuTimes, after: CpuTimes): CpuTimes =>
  Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]));

function ownMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The child of this process that the process descends from; this process for itself; `undefined`: neither. */
function topOf(pid: number, processes: ReadonlyMap<number, ProcessTimes>): number | undefined {
  for (let at = pid; ; ) {
    if (at === process.pid) return at;
    const parent = processes.get(at)?.parent;
    if (parent === undefined) return undefined;
    if (parent === process.pid) return at;
    at = parent;
  }
}

async function nameOf(pid: number, names: Readonly<Record<string, RegExp>>): Promise<string | undefined> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const words = commandLine.replaceAll('\0', ' ');
  return Object.entries(names).find(([, pattern]) => pattern.test(words))?.[0];
}

async function readProcesses(): Promise<Map<number, ProcessTimes>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = await Promise.all(
    pids.map(
      async (pid) => [Number(pid), await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')] as const,
    ),
  );
  return new Map(
    read.flatMap(([pid, stat]): [number, ProcessTimes][] => {
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const at = (index: number) => Number(fields[index - 3]); // numbered from 1, and two are cut off
      return stat === '' ? [] : [[pid, { parent: at(4), ms: (at(14) + at(15) + at(16) + at(17)) * tickMs }]];
    }),
  );
}
