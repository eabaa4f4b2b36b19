import { access, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ErrorCode, JobError, storageError, systemErrorCode } from 'pg-switchyard';
import type { Git, GitOptions } from './git.ts';

/** What is done also when the job was told to stop, or its worker. */
const endingMs = 20_000;

/** Where a repository keeps what all its worktrees share, and the HEAD of the one that was named. */
export interface GitDirectories {
  common: string;
  own: string;
}

export interface ViewOptions extends Partial<GitOptions> {
  index?: string;
  /** Where objects are read from besides the repository's own. */
  objects?: string;
}

/** Git in a folder, on one repository; without a signal for as long as the end of a job may take. */
export type GitView = (args: readonly string[], options?: ViewOptions) => Promise<string>;

/** The git directory of a worktree, of a linked worktree, or of a bare repository; no git is asked, as it would read its configuration. */
export async function findGitDirectories(repository: string): Promise<GitDirectories> {
  const inside = join(repository, '.git');
  const kind = await stat(inside).catch(() => undefined);
  const own = kind === undefined ? repository : kind.isFile() ? await linkedTo(inside) : inside;
  const common = await readFile(join(own, 'commondir'), 'utf8').catch(() => undefined);
  return { own, common: common === undefined ? own : resolve(own, common.trim()) };
}

async function linkedTo(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  return resolve(dirname(file), text.replace(/^gitdir: /, '').trim());
}

/** What of a repository git works on through links: all but what could make it run a program. */
const shared = ['objects', 'refs', 'packed-refs', 'shallow'];

/**
 * Content is committed and checked out byte by byte: an attribute of the tree can name a filter, or change the ends of lines.
 * This file comes before all others: https://git-scm.com/docs/gitattributes
 */
const attributes = '* -text -eol -ident -filter -working-tree-encoding !diff !merge\n';

/**
 * Git on the objects and refs of a repository, and on nothing else of it: configuration, hooks and attributes in its git directory
 * are not read, whoever wrote them. Each command has a git directory of its own below `folder`, with links to those.
 */
export function gitView(
  git: Git,
  options: {
    directories: () => Promise<GitDirectories>;
    folder: string;
    workTree?: string;
    format?: () => Promise<string>;
  },
): GitView {
  const { directories, folder, workTree, format } = options;
  return async (args, { index, objects, env, ...rest } = {}) => {
    const view = await makeView(await directories(), folder, await format?.());
    try {
      return await git(args, {
        cwd: workTree ?? view,
        signal: AbortSignal.timeout(endingMs),
        ...rest,
        env: {
          ...env,
          GIT_DIR: view,
          ...(workTree !== undefined && { GIT_WORK_TREE: workTree }),
          ...(index !== undefined && { GIT_INDEX_FILE: index }),
          ...(objects !== undefined && { GIT_ALTERNATE_OBJECT_DIRECTORIES: objects }),
        },
      });
    } finally {
      await rm(view, { recursive: true, force: true }).catch(() => undefined); // swept with old workspaces
    }
  };
}

export const isGitView = (name: string): boolean => /^\.view-\w{6}$/.test(name);

async function makeView({ common, own }: GitDirectories, folder: string, format = ''): Promise<string> {
  const head = await readFile(join(own, 'HEAD'), 'utf8').catch(noRepository);
  try {
    await mkdir(folder, { recursive: true });
    const view = await mkdtemp(join(folder, '.view-'));
    await mkdir(join(view, 'info'));
    // A repository without reflogs gets none.
    const logs = await access(join(common, 'logs')).then(
      () => ['logs'],
      () => [],
    );
    await Promise.all([
      writeFile(join(view, 'HEAD'), head),
      writeFile(join(view, 'info', 'attributes'), attributes),
      writeFile(join(view, 'config'), `${format}[core]\n\tlogAllRefUpdates = ${logs.length > 0}\n`),
      ...[...shared, ...logs].map((name) => symlink(join(common, name), join(view, name))),
    ]);
    return view;
  } catch (error) {
    throw storageError('a folder for git cannot be made', error, { final: false });
  }
}

export function noRepository(error: unknown): never {
  throw new JobError(
    ErrorCode.IO_ERROR,
    `AGENT_REPOSITORY is no git repository with a commit (${systemErrorCode(error)})`,
    { retryable: true, cause: error },
  );
}
