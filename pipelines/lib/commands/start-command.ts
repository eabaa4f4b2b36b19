import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { CommandOptions } from './command-options.ts';
import { commandProcesses } from './command-processes.ts';
import { markOf } from './process-table.ts';
import { whyNotStarted } from './start-failures.ts';

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
  const [guard, child] = await spawnGuarded(id, options);
  const exited = new Promise<CommandExit>((done) => {
    child.once('exit', (code, signal) => done({ code, signal }));
  });
  const stopped = Promise.withResolvers<void>();
  const ended = watchOver({ id, child, guard, exited, stopped: stopped.promise }, options);
  ended.catch(() => undefined); // told to whoever awaits it
  return {
    pid: child.pid ?? 0,
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

/** The guard first, so that at no moment there is a child without it. */
async function spawnGuarded(
  id: string,
  options: CommandOptions,
): Promise<[ChildProcess, ChildProcessWithoutNullStreams]> {
  const { command, args, cwd, env } = options;
  const mark = markOf(id);
  commandProcesses.expect(id);
  const guard = startGuard(Object.entries(mark).flat().join('='), env['PATH']);
  try {
    const child = spawn(command, args, { cwd, env: { ...env, ...mark }, detached: true, stdio: 'pipe' });
    child.stdin?.on('error', () => undefined); // it need not read
    await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail));
    guard.stdin?.write(`${child.pid}\n`);
    return [guard, child];
  } catch (error) {
    guard.kill('SIGKILL');
    commandProcesses.forget(id);
    throw new CommandFailed('start', await whyNotStarted(options, error), error);
  }
}

export const titleOf = ({ title, command }: Pick<CommandOptions, 'title' | 'command'>): string =>
  title ?? basename(command);

/** Until it ends by itself or must be ended; then nothing of it is left. */
async function watchOver(
  {
    id,
    child,
    guard,
    exited,
    stopped,
  }: {
    id: string;
    child: ChildProcessWithoutNullStreams;
    guard: ChildProcess;
    exited: Promise<CommandExit>;
    stopped: Promise<void>;
  },
  options: CommandOptions,
): Promise<CommandExit> {
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const limits = watchLimits({ id, leader: child.pid ?? 0 }, options);
  try {
    await Promise.race([exited, limits.passed, stopped]);
  } finally {
    limits.close();
    await commandProcesses.killAll(id).finally(() => commandProcesses.forget(id));
    guard.kill('SIGKILL');
    await exited;
    const giveUp = setTimeout(() => [child.stdout, child.stderr].map((end) => end.destroy()), closeMs);
    await closed;
    clearTimeout(giveUp);
  }
  return exited;
}

/** `passed` rejects when the time is over, the memory is used up, or the signal is aborted. */
function watchLimits(process: { id: string; leader: number }, options: CommandOptions) {
  const { timeoutMs, memoryMiB: mostMiB, signal } = options;
  const { promise: passed, reject } = Promise.withResolvers<never>();
  passed.catch(() => undefined); // it may come when nobody waits any more
  const name = titleOf(options);
  const tooLong = () => reject(new CommandFailed('timeout', `${name} took longer than ${timeoutMs} ms`));
  const onAbort = () => reject(signal.reason);
  const timer = timeoutMs === undefined ? undefined : setTimeout(tooLong, timeoutMs);
  const onExcess = () =>
    reject(new CommandFailed('memory', `${name} took more than ${mostMiB} MiB of memory`));
  commandProcesses.watch(process.id, { leader: process.leader, mostMiB, onExcess, onError: reject });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    passed,
    close() {
      clearTimeout(timer);
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
