import { ErrorCode, JobError } from 'pg-switchyard';
import { runCommand } from '../../lib/commands/run-command.ts';
import { CommandFailed } from '../../lib/commands/start-command.ts';
import type { Confinement } from '../../lib/sandbox/policy.ts';

const timeoutMs = 120_000;
const memoryMiB = 2_048;

/**
 * Before each command: no hooks and nothing of the machine's own configuration, which could run other programs; nobody is
 * asked for a password; commits have an author; a lock that another git holds is waited for, not for 0.1 s alone; and every
 * name that Linux allows is a name.
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.protectNTFS=false',
  'core.protectHFS=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'core.filesRefLockTimeout=5000',
  'core.packedRefsTimeout=5000',
  'commit.gpgSign=false',
  'protocol.allow=never',
  'user.name=Switchyard',
  'user.email=switchyard@localhost',
].flatMap((setting) => ['-c', setting]);

export interface GitOptions {
  cwd: string;
  signal: AbortSignal;
  input?: string | Uint8Array;
  onStdout?: (chunk: Buffer) => void;
  env?: Readonly<Record<string, string>>;
  /** Files that it reads besides the repository and the workspaces. */
  readable?: readonly string[];
}

/** The sandbox of a git command, which may read these files besides what it works on. */
export type ConfineGit = (readable: readonly string[]) => Promise<Confinement | undefined>;

/** Runs git and answers what it printed, without the end of the line. The first argument is the subcommand. */
export type Git = (args: readonly string[], options: GitOptions) => Promise<string>;

/** @throws {JobError} `IO_ERROR` that names the subcommand; retryable */
export function createGit(
  env: Readonly<Record<string, string>>,
  confine: ConfineGit = async () => undefined,
): Git {
  const gitEnv = {
    ...env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
  return async (args, { env: more, readable = [], ...options }) => {
    try {
      const answer = await runCommand({
        command: 'git',
        args: [...settings, ...args],
        env: { ...gitEnv, ...more },
        timeoutMs,
        memoryMiB,
        confinement: await confine(readable),
        ...options,
      });
      return answer.stdout.trim();
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      throw new JobError(ErrorCode.IO_ERROR, `git ${args[0]} failed: ${error.message}`, {
        retryable: true,
        cause: error,
      });
    }
  };
}

/**
 * What git says of a disk or a machine that may be well again at the next try. It does not always name the cause: what it cannot
 * write is its own, in a folder that was made for it.
 */
const passing =
  /write error|(?:unable to|failed to|could not|cannot) write|No space left|Disk quota|Input\/output error|Too many open files|Cannot allocate memory|Read-only file system|Stale file handle|Resource temporarily|was ended by/i;

/** Whether another try may succeed where git, given the same files, failed. */
export const gitMayRecover = (error: JobError): boolean => passing.test(error.message);
