import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { emptyFile } from '../sandbox/inherited-files.ts';
import { type Launch, launchConfined, wasStarted } from '../sandbox/launch.ts';
import type { CommandOptions } from './command-options.ts';
import { commandProcesses } from './command-processes.ts';
import { markOf } from './process-table.ts';
import { whyNotShown, whyNotStarted } from './start-failures.ts';

/** What a command wrote is read to its end; a process that got away may hold its outputs open for ever. */
const closeMs = 2_000;

type FailureReason = 'start' | 'exit' | 'timeout' | 'memory' | 'processes';

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
  /** The sandbox could not be made, and the command was not started; its error output says why. */
  notStarted?: boolean;
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
 * process is killed. It runs as our account, and sees our files and network unless it is given a confinement.
 * @throws {CommandFailed} when it cannot be started
 */
export async function startCommand(options: CommandOptions): Promise<RunningCommand> {
  options.signal.throwIfAborted();
  const id = randomUUID();
  const started = await spawnGuarded(id, options);
  const { child } = started;
  const exited = new Promise<CommandExit>((done) => {
    child.once('exit', (code, signal) => done({ code, signal }));
  });
  const stopped = Promise.withResolvers<void>();
  const ended = watchOver({ ...started, id, exited, stopped: stopped.promise }, options);
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
async function spawnGuarded(id: string, options: CommandOptions): Promise<Started> {
  const { cwd, env } = options;
  const mark = markOf(id);
  const launch = await prepareLaunch(options, mark);
  commandProcesses.expect(id);
  const guard = startGuard(Object.entries(mark).flat().join('='), env['PATH']);
  try {
    const stdio = stdioOf(launch);
    const child = spawn(launch.command, launch.args, { cwd, env: launch.env, detached: true, stdio });
    child.stdin?.on('error', () => undefined); // it need not read
    const status = feed(child, launch.input);
    await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail));
    guard.stdin?.write(`${child.pid}\n`);
    return { guard, child: child as ChildProcessWithoutNullStreams, launch, status };
  } catch (error) {
    guard.kill('SIGKILL');
    commandProcesses.forget(id);
    await launch.close();
    throw new CommandFailed('start', await whyNotStarted(options, error), error);
  }
}

interface Started {
  guard: ChildProcess;
  child: ChildProcessWithoutNullStreams;
  launch: Launch;
  /** What `bwrap` told by now; `undefined`: the command runs without a sandbox. */
  status: (() => string) | undefined;
}

/** @throws {CommandFailed} when the sandbox would not show the program */
async function prepareLaunch(options: CommandOptions, mark: Record<string, string>): Promise<Launch> {
  const { command, args, env, confinement } = options;
  if (confinement === undefined)
    return { command, args, env: { ...env, ...mark }, input: [], withheld: [], close: async () => undefined };
  const why = await whyNotShown(options, confinement);
  if (why !== undefined) throw new CommandFailed('start', why);
  return launchConfined(options, confinement, mark);
}

/** Pipes; and an empty file in place of every one that is withheld: to ignore it would pass it on. */
function stdioOf({ input, withheld }: Launch): ('pipe' | 'ignore' | number)[] {
  const pipes = input.length === 0 ? 3 : 3 + input.length + 1;
  const length = Math.max(pipes, ...withheld.map((file) => file + 1));
  const instead = (file: number) => (withheld.includes(file) ? emptyFile() : 'ignore');
  return Array.from({ length }, (_, file) => (file < pipes ? 'pipe' : instead(file)));
}

/** Gives the descriptors behind standard error what they are to read, and gathers what the last one tells. */
function feed(child: ChildProcess, input: readonly Buffer[]): (() => string) | undefined {
  if (input.length === 0) return undefined;
  let told = '';
  for (const [i, pipe] of child.stdio.slice(3).entries()) {
    pipe?.on('error', () => undefined); // it ended before it read
    if (pipe instanceof Writable && i < input.length) pipe.end(input[i]);
    else if (pipe instanceof Readable) pipe.on('data', (chunk: Buffer) => (told += chunk));
  }
  return () => told;
}

export const titleOf = ({ title, command }: Pick<CommandOptions, 'title' | 'command'>): string =>
  title ?? basename(command);

/** Until it ends by itself or must be ended; then nothing of it is left. */
async function watchOver(
  command: Started & { id: string; exited: Promise<CommandExit>; stopped: Promise<void> },
  options: CommandOptions,
): Promise<CommandExit> {
  const { id, child, guard, launch, exited, stopped } = command;
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const limits = watchLimits({ id, leader: child.pid ?? 0 }, options);
  try {
    await Promise.race([exited, limits.passed, stopped]);
  } finally {
    limits.close();
    await commandProcesses.killAll(id).finally(() => commandProcesses.forget(id));
    guard.kill('SIGKILL');
    await exited;
    const giveUp = setTimeout(() => child.stdio.map((end) => end?.destroy()), closeMs);
    await closed;
    clearTimeout(giveUp);
    await launch.close();
  }
  return command.status === undefined ? exited : exitInside(await exited, command.status());
}

/** `bwrap` ends with 128 and the signal's number where a signal ended the command. */
function exitInside({ code, signal }: CommandExit, status: string): CommandExit {
  if (!wasStarted(status)) return { code, signal, notStarted: true };
  const name = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return name === undefined ? { code, signal } : { code: null, signal: name as NodeJS.Signals };
}

/** `passed` rejects when the time is over, the memory is used up, or the signal is aborted. */
function watchLimits(process: { id: string; leader: number }, options: CommandOptions) {
  const { timeoutMs, memoryMiB: mostMiB, mostProcesses = Infinity, signal } = options;
  const { promise: passed, reject } = Promise.withResolvers<never>();
  passed.catch(() => undefined); // it may come when nobody waits any more
  const name = titleOf(options);
  const tooLong = () => reject(new CommandFailed('timeout', `${name} took longer than ${timeoutMs} ms`));
  const onAbort = () => reject(signal.reason);
  const timer = timeoutMs === undefined ? undefined : setTimeout(tooLong, timeoutMs);
  const onExcess = (of: 'memory' | 'processes') => {
    const most =
      of === 'memory'
        ? `took more than ${mostMiB} MiB of memory`
        : `had more than ${mostProcesses} processes (COMMAND_PROCESSES)`;
    reject(new CommandFailed(of, `${name} ${most}`));
  };
  const { leader } = process;
  commandProcesses.watch(process.id, { leader, mostMiB, mostProcesses, onExcess, onError: reject });
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
