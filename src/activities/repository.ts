import { ErrorCode, JobError } from '../platform/errors.ts';
import { realPathInside } from '../platform/files.ts';
import { type CommandAnswer, type RunOptions, runCommand } from '../platform/run-command.ts';
import { CommandFailed } from '../platform/start-command.ts';

/** Which repositories may be built. */
export interface RepositoryRules {
  /** `scheme://host` each. */
  addresses: readonly string[];
  localRoots: readonly string[];
}

export interface AllowedRepository {
  address: string;
  /** The one transport that git may use for it. */
  protocol: 'file' | 'http' | 'https' | 'ssh';
}

const refuse = (why: string) => new JobError(ErrorCode.BUILD_FAILED, why, { retryable: false });

/**
 * What a row names as its repository, as git may be given it.
 * @throws {JobError} `BUILD_FAILED` for one that the rules do not name; its address, which may hold a secret, is not told
 */
export async function allowedRepository(
  repository: string,
  rules: RepositoryRules,
): Promise<AllowedRepository> {
  if (repository.startsWith('/')) return { address: await localPath(repository, rules), protocol: 'file' };
  const url = URL.parse(repository);
  const protocol = (['http', 'https', 'ssh'] as const).find((name) => url?.protocol === `${name}:`);
  if (url === null || protocol === undefined)
    throw refuse('the repository is neither an absolute path nor an https:// or ssh:// address');
  if (
    url.password !== '' ||
    (url.username !== '' && (protocol !== 'ssh' || !/^\w[\w.-]*$/.test(url.username)))
  )
    throw refuse('the address of the repository holds a user or password, which it must not');
  if (url.search !== '' || url.hash !== '')
    throw refuse('the address of the repository holds "?" or "#", which it must not');
  const place = `${url.protocol}//${url.host}`;
  if (!rules.addresses.includes(place))
    throw refuse(`${place} is not among the addresses of BUILD_REPOSITORIES`);
  return { address: url.href, protocol };
}

async function localPath(path: string, { localRoots }: RepositoryRules): Promise<string> {
  for (const root of localRoots) {
    const inside = await realPathInside(root, path).catch(() => undefined);
    if (inside !== undefined) return inside;
  }
  throw refuse('the repository is not there, or not below a folder of BUILD_LOCAL_ROOTS');
}

/** No hooks, helpers, prompts, redirects or submodules; no transport but the repository's own; nobody's configuration. */
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
};

type Limits = Omit<RunOptions, 'command' | 'args' | 'cwd'>;

/**
 * Fetches one commit into an empty folder and checks it out: the one that is named, else the newest of the branch. Answers its
 * hash. No shell sees a word of the row.
 * @throws {JobError} `CLONE_FAILED`; another try may help, unless the branch is not there
 */
export async function fetchCommit(
  { address, protocol }: AllowedRepository,
  wanted: { branch: string; commit: string | undefined },
  folder: string,
  limits: Limits,
): Promise<string> {
  const { branch, commit } = wanted;
  if (!/^\w[\w./+-]*$/.test(branch) || branch.includes('..'))
    throw refuse('the branch is not the name of one');
  if (commit !== undefined && !/^[0-9a-f]{40,64}$/.test(commit))
    throw refuse('the commit is not a whole hash');
  const git = (...args: string[]): Promise<CommandAnswer> =>
    runCommand({
      ...limits,
      command: 'git',
      args: [...configOf(protocol).flatMap((entry) => ['-c', entry]), ...args],
      cwd: folder,
      env: { ...limits.env, ...gitEnvironment },
    });
  try {
    await git('init', '--quiet', '--template=');
    const ref = commit ?? `refs/heads/${branch}`;
    await git('fetch', '--depth=1', '--no-tags', '--no-recurse-submodules', '--end-of-options', address, ref);
    await git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
    return (await git('rev-parse', 'HEAD')).stdout.trim();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const isGone = /find remote ref|not our ref|does not appear to be a git repository/.test(error.message);
    throw new JobError(ErrorCode.CLONE_FAILED, `the repository: ${error.message}`, {
      retryable: !isGone && error.reason === 'exit',
      cause: error,
    });
  }
}
