import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type CpuTimes, cpuTimes } from './cpu-time.ts';

/** Above this part of the machine's CPU, used by anybody else, a run counts as disturbed. */
const disturbedAbove = 0.1;
/** The clock of /proc/stat on Linux: `getconf CLK_TCK`. */
const tickMs = 10;

/** What a step used of the CPU by process, in milliseconds, and what part of the machine anybody else used meanwhile. */
export interface Used {
  cpu: CpuTimes;
  byOthers: number;
}

/** Runs `step` and tells what it used. `names`: all processes of the benchmark, by their command lines. */
export async function usedBy<T>(
  names: Readonly<Record<string, RegExp>>,
  step: () => Promise<T>,
): Promise<Used & { value: T }> {
  const look = async () => ({ own: await cpuTimes(names), all: await busyMs(), at: performance.now() });
  const before = await look();
  const value = await step();
  const after = await look();
  const cpu = Object.fromEntries(
    Object.entries(after.own).map(([name, ms]) => [name, ms - (before.own[name] ?? 0)]),
  );
  const others = after.all - before.all - sumOf(cpu);
  return { value, cpu, byOthers: Math.max(0, others) / (after.at - before.at) / availableParallelism() };
}

export const sumOf = (cpu: CpuTimes): number => Object.values(cpu).reduce((sum, ms) => sum + ms, 0);

/** What to say of steps in which others used these parts of the machine; `undefined`: it was quiet. */
export function disturbanceOf(byOthers: readonly number[]): string | undefined {
  const most = Math.max(...byOthers);
  if (most <= disturbedAbove) return undefined;
  const disturbed = byOthers.filter((part) => part > disturbedAbove).length;
  return (
    `DISTURBED: in ${disturbed} of ${byOthers.length} steps other programs used more than ${disturbedAbove * 100} % of this machine's CPU ` +
    `(${Math.round(most * 100)} % at most). CPU a job still says something, rates and times do not.`
  );
}

/** Of all cores together, whoever used it; what a hypervisor took away counts. https://man7.org/linux/man-pages/man5/proc_stat.5.html */
async function busyMs(): Promise<number> {
  const [, user, nice, system, , , irq, softirq, steal] =
    (await readFile('/proc/stat', 'utf8')).split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  return (
    [user, nice, system, irq, softirq, steal].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) * tickMs
  );
}
