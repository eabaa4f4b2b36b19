import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, startChild, untilServing } from '../server/dev/child.ts';
import { freePort } from '../server/dev/ports.ts';
import { checkoutDir, type Role, startRole } from '../server/dev/roles.ts';
import type { BenchContext } from './context.ts';

/** A process under measurement. */
export interface RunningProcess {
  pid: number;
  url: string;
}

const stopWithinMs = 40_000;
const portSettings = {
  api: 'API_PORT',
  gateway: 'GATEWAY_PORT',
  starter: 'HEALTH_PORT',
  worker: 'HEALTH_PORT',
} as const;

/** Starts a role of the product as its npm script does, and waits until it is ready. */
export async function startProductRole(
  context: BenchContext,
  role: Role,
  env: NodeJS.ProcessEnv,
): Promise<RunningProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await context.own(
    () =>
      startRole({
        role,
        env: { ...env, [portSettings[role]]: String(port) },
        readyUrl: role === 'gateway' ? `${url}/health` : `${url}/health/ready`,
        logFile: logFileOf(context, role, port),
      }),
    (started) => started.stop(stopWithinMs),
  );
  return { pid: child.pid, url };
}

/** Starts a starter or worker of a benchmark's own, the no-op queue's by default, with the options of Node that the product's own are given. */
export async function startNoOpProcess(
  context: BenchContext,
  role: 'starter' | 'worker',
  env: NodeJS.ProcessEnv,
  file = `bench/no-op/${role}.ts`,
): Promise<RunningProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = logFileOf(context, `no-op-${role}`, port);
  const args = [...(await nodeOptionsOf(role)), join(checkoutDir, file)];
  const launch = async (): Promise<Child> => {
    const child = await startChild({
      command: process.execPath,
      args,
      env: { ...env, HEALTH_PORT: String(port) },
      logFile,
      stopSignal: 'SIGTERM',
      cwd: checkoutDir,
    });
    await untilServing(`the no-op ${role}`, child, logFile, () => answersOk(`${url}/health/ready`));
    return child;
  };
  const child = await context.own(launch, (started) => started.stop(stopWithinMs));
  return { pid: child.pid, url };
}

const logFileOf = (context: BenchContext, name: string, port: number) =>
  join(context.folder, `${name}-${port}.log`);

/** What stands between `node` and the file in the npm script of the role. */
async function nodeOptionsOf(role: 'starter' | 'worker'): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(checkoutDir, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const words = scripts[role]?.split(' ') ?? [];
  const file = `server/${role}.ts`;
  if (words[0] !== 'node' || words.at(-1) !== file) {
    throw new Error(
      `the npm script "${role}" must be "node … ${file}", got ${JSON.stringify(scripts[role])}`,
    );
  }
  return words.slice(1, -1);
}

export function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(3_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

/** The most memory (RSS) a process held since its start or the last {@link forgetPeakMemory}, in MB of 10⁶ bytes. */
export async function peakMemoryMB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch((error: unknown) => {
    throw new Error(`the memory of process ${pid} cannot be read; it ended, or this is not Linux`, {
      cause: error,
    });
  });
  const kiB = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kiB === undefined) throw new Error(`/proc/${pid}/status names no VmHWM`);
  return (Number(kiB) * 1024) / 1e6;
}

/** The peak becomes what the process holds now. https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html */
export async function forgetPeakMemory(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** Processor time that a process has used since its start. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export const cpuSecondsOf = async (pid: number): Promise<number> => (await statOf(pid)).own;

/** The same of a process, its children, and those of them that have ended. */
export async function treeCpuSeconds(pid: number): Promise<number> {
  const { own, ended } = await statOf(pid);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .split(' ')
    .filter((child) => child !== '');
  const running = await Promise.all(children.map((child) => cpuSecondsOf(Number(child)).catch(() => 0)));
  return running.reduce((sum, seconds) => sum + seconds, own + ended);
}

/** The kernel counts in hundredths of a second. */
async function statOf(pid: number): Promise<{ own: number; ended: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // What stands in brackets is the name, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const seconds = (from: number) => (Number(fields[from]) + Number(fields[from + 1])) / 100;
  return { own: seconds(11), ended: seconds(13) };
}
