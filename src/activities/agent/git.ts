import { ErrorCode, JobError } from '../../platform/errors.ts';
import { runCommand } from '../../platform/run-command.ts';
import { CommandFailed } from '../../platform/start-command.ts';

const timeoutMs = 120_000;
const memoryMiB = 2_048;

/**
 * Before each command: no hooks and nothing of the machine's own configuration, which could run other programs; nobody is
 * asked for a password; commits have an author; and a lock that another git holds is waited for, not for 0.1 s alone.
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'gc.auto=0',
  'core.filesRefLockTimeout=5000',
  'core.packedRefsTimeout=5000',
  'commit.gpgSign=false',
  'user.name=Switchyard',
  'user.email=switchyard@localhost',
].flatMap((setting) => ['-c', setting]);

interface GitOptions {
  cwd: string;
  signal: AbortSignal;
  input?: string;
  onOutput?: (chunk: Buffer) => void;
}

/** Runs git and answers what it printed, without the end of the line. */
export type Git = (args: readonly string[], options: GitOptions) => Promise<string>;

/** What is done also when the job was told to stop, or its worker. */
const endingMs = 20_000;

/** Git in one folder; without a signal for as long as the end of a job may take. */
export const gitIn =
  (git: Git, cwd: string) =>
  (args: readonly string[], signal = AbortSignal.timeout(endingMs)): Promise<string> =>
    git(args, { cwd, signal });

/** @throws {JobError} `IO_ERROR`, which may pass */
export function createGit(env: Readonly<Record<string, string>>): Git {
  const gitEnv = {
    ...env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
  return async (args, options) => {
    try {
      const answer = await runCommand({
        command: 'git',
        args: [...settings, ...args],
        env: gitEnv,
        timeoutMs,
        memoryMiB,
        ...options,
      });
      return answer.stdout.trim();
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      const what = args.find((arg) => !arg.startsWith('-')) ?? '';
      throw new JobError(ErrorCode.IO_ERROR, `git ${what} failed: ${error.message}`, {
        retryable: true,
        cause: error,
      });
    }
  };
}
