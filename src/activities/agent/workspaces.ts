import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import type { Git } from './git.ts';

/** A git worktree of one session and lane, on its branch. */
export interface Workspace {
  readonly path: string;
  /** A folder that programs may take for their user's own. */
  readonly home: string;
  readonly branch: string;
  /** The commit it was opened at. */
  readonly commit: string;
  /** Commits what has changed, if anything has. Answers the commit that the workspace is at. */
  commitAll(message: string): Promise<string>;
  /** Writes what has changed since a commit, at most so many bytes. */
  diffSince(commit: string, output: Writable, maxBytes: number): Promise<void>;
}

export interface Workspaces {
  /** Makes it anew, whatever was left of it, at the given commit, or where the last run of its lane ended. */
  open(lane: LaneOfSession, commit: string | undefined, signal: AbortSignal): Promise<Workspace>;
  /** The next run of the lane begins at this commit. Again does no harm. */
  keepCommit(lane: LaneOfSession, commit: string): Promise<void>;
  /** Removes its folders. The branch goes back to the commit, where one is given. */
  remove(lane: LaneOfSession, commit?: string): Promise<void>;
}

export interface LaneOfSession {
  session: string;
  lane: string;
}

/** What is done also when the run was told to stop, or its worker. */
const endingMs = 20_000;

/** Worktrees of one repository below a folder. Several processes may use both, each lane by one run at a time. */
export function createWorkspaces(options: { repository: string; folder: string; git: Git }): Workspaces {
  const { repository, folder, git } = options;
  const ending = () => AbortSignal.timeout(endingMs);
  const inRepository = (args: string[], rest: { signal: AbortSignal; input?: string }) =>
    git(args, { cwd: repository, ...rest });
  const places = (lane: LaneOfSession) => {
    const name = `${wordOf(lane.session)}-${wordOf(lane.lane)}`;
    return {
      path: join(folder, name),
      home: join(folder, `${name}.home`),
      branch: `agent/${wordOf(lane.session)}/${wordOf(lane.lane)}`,
      kept: `refs/switchyard/lanes/${name}`,
    };
  };

  async function clear({ path, home }: { path: string; home: string }): Promise<void> {
    await rm(path, { recursive: true, force: true });
    await rm(home, { recursive: true, force: true });
  }

  /** Where the lane stands: at what its last run ended with, else at its branch, else at the repository's own head. */
  async function startOf(
    { kept, branch }: { kept: string; branch: string },
    signal: AbortSignal,
  ): Promise<string> {
    const names = [kept, `refs/heads/${branch}`];
    const listed = await inRepository(['for-each-ref', '--format=%(refname) %(objectname)', ...names], {
      signal,
    });
    const commits = new Map(listed.split('\n').map((line) => line.split(' ') as [string, string]));
    const found = names.map((name) => commits.get(name)).find((commit) => commit !== undefined);
    if (found !== undefined) return found;
    return inRepository(['rev-parse', '--verify', 'HEAD^{commit}'], { signal }).catch(noRepository);
  }

  /** What a killed worker left is still on git's list, and goes from it first. */
  async function addWorktree(path: string, branch: string, at: string, signal: AbortSignal): Promise<void> {
    const add = () =>
      inRepository(['worktree', 'add', '--force', '--force', '-B', branch, path, at], { signal });
    await add().catch(async () => {
      await inRepository(forget(path), { signal }).catch(() => undefined); // what matters is whether it can be added
      return add();
    });
  }

  return {
    async open(lane, commit, signal) {
      const { path, home, branch, kept } = places(lane);
      await clear({ path, home });
      await mkdir(home, { recursive: true });
      const at = commit ?? (await startOf({ kept, branch }, signal));
      await addWorktree(path, branch, at, signal);
      // Read before anybody else can write it: later commands do not trust what stands there.
      const gitDir = (await readFile(join(path, '.git'), 'utf8')).replace(/^gitdir: /, '').trim();
      const here = ['--git-dir', gitDir, '--work-tree', path];
      const run = (args: string[], rest = {}) => git([...here, ...args], { cwd: path, signal, ...rest });
      return {
        path,
        home,
        branch,
        commit: at,
        async commitAll(message) {
          const status = await run(['status', '--porcelain=v2', '--branch']);
          const now = /^# branch\.oid (\w+)$/m.exec(status)?.[1];
          if (now !== undefined && !/^[^#]/m.test(status)) return now;
          await run(['add', '--all']);
          await run(['commit', '--quiet', '--allow-empty', '--message', message]);
          return run(['rev-parse', 'HEAD']);
        },
        async diffSince(from, output, maxOutputBytes) {
          await run(['diff', '--binary', '--no-ext-diff', '--no-textconv', from, 'HEAD'], {
            output,
            maxOutputBytes,
          });
        },
      };
    },

    async keepCommit(lane, commit) {
      const { branch, kept } = places(lane);
      const input = `update refs/heads/${branch} ${commit}\nupdate ${kept} ${commit}\n`;
      await inRepository(['update-ref', '--stdin'], { signal: ending(), input });
    },

    async remove(lane, commit) {
      const { path, home, branch } = places(lane);
      await clear({ path, home });
      const back = commit === undefined ? [] : [['update-ref', `refs/heads/${branch}`, commit]];
      await Promise.all([forget(path), ...back].map((args) => inRepository(args, { signal: ending() })));
    },
  };
}

/** Takes a worktree off git's list; its folder is gone already. */
const forget = (path: string): string[] => ['worktree', 'remove', '--force', '--force', path];

/** Names of sessions are other people's; folders and branches get no more than a word of them. */
function wordOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) && !name.startsWith('x-')) return name;
  return `x-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

function noRepository(error: unknown): never {
  throw new JobError(ErrorCode.IO_ERROR, 'AGENT_REPOSITORY is no git repository with a commit', {
    retryable: true,
    cause: error,
  });
}
