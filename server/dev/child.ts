import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** A process of the stack that runs in the background, its output in a file. */
export interface Child {
  readonly pid: number;
  /** Resolves when the process is gone, with how it ended. */
  readonly ended: Promise<string>;
  /** Asks it to end, and ends by SIGKILL what is still there after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ChildOptions {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Standard output and standard error are appended to this file. */
  logFile: string;
  /** What asks this program to end in good order. */
  stopSignal: 'SIGTERM' | 'SIGINT';
  /** What ends it when this process is gone, of a program that may hang as it ends in good order and loses nothing; left out: `stopSignal`. */
  orphanSignal?: 'SIGKILL';
  cwd?: string;
  /** Run as this account, where the parent may change it. */
  account?: { uid: number; gid: number } | undefined;
}

/**
 * Starts a child in a process group of its own: a Ctrl-C at the terminal reaches only the parent, which then ends its
 * children in order. A parent that is killed takes its children along.
 * @throws when the command cannot be run
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const output = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    env: options.env,
    detached: true,
    stdio: ['ignore', output, output],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...options.account,
  });
  closeSync(output);
  const ended = new Promise<string>((done) => {
    child.once('exit', (code, signal) => done(signal ?? `exit code ${code}`));
  });
  await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail));
  const pid = child.pid ?? 0;
  const guard = startGuard(pid, options.orphanSignal ?? options.stopSignal);
  void ended.then(() => guard.kill('SIGKILL'));
  return {
    pid,
    ended,
    async stop(graceMs) {
      child.kill(options.stopSignal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * A shell that waits for the end of its input, which comes when this process is gone, however it went. A child that is
 * stopped (SIGSTOP) hears a signal only when it goes on.
 */
function startGuard(pid: number, signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): ChildProcess {
  const script = `read _; kill -${signal.slice(3)} ${pid}; kill -CONT ${pid}`;
  const guard = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.stdin?.on('error', () => undefined); // closed with the guard
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return guard;
}

/**
 * Looks until the child serves.
 * @throws when it ended before, naming the file that says why
 */
export async function untilServing(
  name: string,
  child: Child,
  logFile: string,
  serves: () => Promise<boolean>,
): Promise<void> {
  let ended: string | undefined;
  void child.ended.then((how) => {
    ended = how;
  });
  while (!(await serves())) {
    if (ended !== undefined) throw new Error(`${name} ended at its start (${ended}); see ${logFile}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
