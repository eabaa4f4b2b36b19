import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type CommandProcesses, killAll, residentMiBOf } from './command-processes.ts';

const watchEveryMs = 250;
/** What a command wrote is read to its end; a process that got away may hold its outputs open for ever. */
const closeMs = 2_000;

type FailureReason = 'start' | 'exit' | 'timeout' | 'memory';

/** The command could not be run, ended badly, or was ended for a limit. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

export interface CommandOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  /** All that it gets of an environment: `allowedEnvironment` and what it needs besides. */
  env: Readonly<Record<string, string>>;
  /** Ended after so long; left out: it runs until it ends or is stopped. */
  timeoutMs?: number;
  /** Ended when its processes together hold more memory; looked at a few times a second. */
  memoryMiB: number;
  /** Aborted: it is ended. */
  signal: AbortSignal;
}

export interface CommandExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningCommand {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Settles when all its processes are gone, those too that it left behind.
   * Rejects with {@link CommandFailed} when a limit ended it, or with the abort's reason.
   */
  readonly ended: Promise<CommandExit>;
  /** Ends it; `ended` says how. */
  stop(): Promise<void>;
}

/**
 * Starts a program that strangers wrote or feed: without a shell, in a process group and session of its own, with the
 * environment that it is given and no other. Whatever way it ends, all its processes are ended (SIGKILL): also when this
 * process is killed. It is no sandbox: it runs as our account and sees our files and network.
 * @throws {CommandFailed} when it cannot be started
 */
export async function startCommand(options: CommandOptions): Promise<RunningCommand> {
  options.signal.throwIfAborted();
  const id = randomUUID();
  const mark = `SWITCHYARD_COMMAND=${id}`;
  const guard = startGuard(mark, options.env['PATH']); // first, so that at no moment there is a child without it
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...options.env, SWITCHYARD_COMMAND: id },
    detached: true,
    stdio: 'pipe',
  });
  child.stdin.on('error', () => undefined); // it need not read
  await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail)).catch((error) => {
    guard.kill('SIGKILL');
    throw new CommandFailed('start', `${basename(options.command)} could not be started`, error);
  });
  const processes = { leader: child.pid ?? 0, mark };
  guard.stdin?.write(`${processes.leader}\n`);
  const exited = new Promise<CommandExit>((done) => {
    child.once('exit', (code, signal) => done({ code, signal }));
  });
  const stopped = Promise.withResolvers<void>();
  const ended = watchOver({ child, guard, processes, exited, stopped: stopped.promise }, options);
  ended.catch(() => undefined); // told to whoever awaits it
  return {
    pid: processes.leader,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    async stop() {
      stopped.resolve();
      await ended.catch(() => undefined);
    },
  };
}

/** Until it ends by itself or must be ended; then nothing of it is left. */
async function watchOver(
  {
    child,
    guard,
    processes,
    exited,
    stopped,
  }: {
    child: ChildProcessWithoutNullStreams;
    guard: ChildProcess;
    processes: CommandProcesses;
    exited: Promise<CommandExit>;
    stopped: Promise<void>;
  },
  options: CommandOptions,
): Promise<CommandExit> {
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const limits = watchLimits(processes, options);
  try {
    await Promise.race([exited, limits.passed, stopped]);
  } finally {
    limits.close();
    await killAll(processes);
    guard.kill('SIGKILL');
    await exited;
    const giveUp = setTimeout(() => [child.stdout, child.stderr].map((end) => end.destroy()), closeMs);
    await closed;
    clearTimeout(giveUp);
  }
  return exited;
}

/** `passed` rejects when the time is over, the memory is used up, or the signal is aborted. */
function watchLimits(processes: CommandProcesses, { command, timeoutMs, memoryMiB, signal }: CommandOptions) {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  passed.catch(() => undefined); // it may come when nobody waits any more
  const name = basename(command);
  const tooLong = () => reject(new CommandFailed('timeout', `${name} took longer than ${timeoutMs} ms`));
  const onAbort = () => reject(signal.reason);
  const timer = timeoutMs === undefined ? undefined : setTimeout(tooLong, timeoutMs);
  let looking = false;
  const watch = setInterval(async () => {
    if (looking) return;
    looking = true;
    const holds = await residentMiBOf(processes).catch(reject);
    looking = false;
    if (holds !== undefined && holds > memoryMiB)
      reject(new CommandFailed('memory', `${name} took more than ${memoryMiB} MiB of memory`));
  }, watchEveryMs);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    passed,
    close() {
      clearTimeout(timer);
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/**
 * A shell that waits for the end of its input, which comes when this process is gone, however it went, and does as `killAll`.
 * Its first line of input is the leader. It looks three times: a process that becomes another program shows no mark meanwhile.
 */
function startGuard(mark: string, path = '/usr/bin:/bin'): ChildProcess {
  const script = `read leader; read _; kill -9 -"$leader"
    for round in 1 2 3; do
      for file in $(grep -lsF -e "$1" /proc/[0-9]*/environ); do
        pid=\${file#/proc/}; kill -9 "\${pid%/environ}"
      done
      sleep 1
    done`;
  const guard = spawn('sh', ['-c', script, 'sh', mark], {
    detached: true,
    env: { PATH: path },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined); // without a shell there is no guard
  guard.stdin?.on('error', () => undefined); // closed with the guard
  guard.unref();
  return guard;
}
