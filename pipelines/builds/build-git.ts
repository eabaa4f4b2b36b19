import { JobError } from 'pg-switchyard';
import { type RunOptions, runCommand } from '../lib/commands/run-command.ts';
import { CommandFailed } from '../lib/commands/start-command.ts';
import { type Confine, unconfined } from '../lib/sandbox/policy.ts';
import { BuildErrorCode } from './error-codes.ts';
import { gitEnvironmentInside, gitReach } from './git-reach.ts';
import type { AllowedRepository } from './repository.ts';

/** Runs git in one folder. Answers what it says, the first 64 KiB. */
export type Git = (subcommand: string, ...args: string[]) => Promise<string>;

export interface GitLimits extends Omit<RunOptions, 'command' | 'args' | 'cwd' | 'title' | 'confinement'> {
  /** The sandbox of git, which may write these folders; left out: it has none. */
  confine?: Confine;
  writable?: readonly string[];
}

/** No hooks, helpers, prompts, redirects or submodules; only the repository's own transport; no system or user configuration. */
const configOf = (protocol: string) => [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'credential.helper=', 'http.followRedirects=false'],
  ...['submodule.recurse=false', 'maintenance.auto=false', 'gc.auto=0', 'advice.detachedHead=false'],
  ...['protocol.allow=never', `protocol.${protocol}.allow=always`],
];

const gitEnvironment = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true',
  GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oStrictHostKeyChecking=yes',
  LC_ALL: 'C', // its messages are read below
};

/**
 * Git for a repository that strangers wrote. No shell sees a word of the row.
 * @throws {JobError} `CLONE_FAILED`
 */
export function buildGit(
  repository: AllowedRepository,
  cwd: string,
  { confine = unconfined, writable = [], ...limits }: GitLimits,
): Git {
  const config = configOf(repository.protocol).flatMap((entry) => ['-c', entry]);
  return async (subcommand, ...args) => {
    const title = `git ${subcommand}`;
    const reach = subcommand === 'fetch' ? gitReach(repository) : {};
    const confinement = confine({ writable, ...reach });
    const env = { ...limits.env, ...gitEnvironment, ...(confinement && gitEnvironmentInside) };
    try {
      const all = [...config, subcommand, ...args];
      const options = { ...limits, title, command: 'git', args: all, cwd, env, confinement };
      return (await runCommand(options)).stdout;
    } catch (error) {
      throw error instanceof CommandFailed ? cloneFailed(error) : error;
    }
  };
}

export const isRefMissing = (error: unknown): boolean =>
  error instanceof JobError && /couldn't find remote ref/.test(error.message);

/** What another try finds as it was; whether a program can be started, however, is another worker's or moment's matter. */
const isFinal = ({ reason, message }: CommandFailed) =>
  reason === 'timeout' ||
  reason === 'memory' ||
  reason === 'processes' ||
  /find remote ref|not our ref|does not appear to be a git repository|is not a tree|to a non-commit/.test(
    message,
  );

const cloneFailed = (error: CommandFailed) =>
  new JobError(BuildErrorCode.CLONE_FAILED, `the repository: ${error.message}`, {
    retryable: !isFinal(error),
    cause: error,
  });
