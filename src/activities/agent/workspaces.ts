import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { cappedWriter } from '../../platform/capped-writer.ts';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import { sweepFiles } from '../../platform/files.ts';
import type { Logger } from '../../platform/logging.ts';
import { storageError } from '../files.ts';
import { makeTryFolder } from '../try-folders.ts';
import type { Git } from './git.ts';
import { removeLeftLocks } from './ref-locks.ts';

/**
 * A git worktree for one try of a run, in a folder of its own. It is on no branch: what its session and lane have is what
 * its runs have kept, so that a try that was thought lost, or a run that fails, takes nothing back.
 */
export interface Workspace {
  readonly path: string;
  /** A folder that programs may take for their user's own. */
  readonly home: string;
  /** The branch of its lane. */
  readonly branch: string;
  /** The commit it was opened at. */
  readonly commit: string;
  /** Commits what has changed, if anything has. Answers the commit that the workspace is at. */
  commitAll(message: string): Promise<string>;
  /** Writes what has changed since a commit, at most so many bytes. */
  diffSince(commit: string, output: Writable, maxBytes: number): Promise<void>;
  /** Removes its folders, unless they are to be kept. What cannot be removed now is by the next run of its lane. */
  close(): Promise<void>;
}

export interface Workspaces {
  /**
   * Makes one at the given commit, or where the last run of the lane ended. What tries that began earlier left in the lane is
   * removed, whatever they still do with it; and what they left in other lanes, when it is old.
   */
  open(
    lane: LaneOfSession,
    at: { commit: string | undefined; begunAt: string; signal: AbortSignal },
  ): Promise<Workspace>;
  /** The next run of the lane begins at this commit, to which its branch goes. Again does no harm. */
  keepCommit(lane: LaneOfSession, commit: string): Promise<void>;
  /** Keeps git from clearing away the commit of a run that waits. */
  holdCommit(lane: LaneOfSession, commit: string): Promise<void>;
}

export interface LaneOfSession {
  session: string;
  lane: string;
}

/** What is done also when the run was told to stop, or its worker. */
const endingMs = 20_000;

/** Longer than a try of a run may take. */
const leftOverMs = 2 * 24 * 60 * 60 * 1000;
const isWorkspace = (name: string) => /^[\w-]+-[\w-]+\.\d+-\w{6}$/.test(name);

/** Worktrees of one repository below a folder. Several processes may use both, each lane by one run at a time. */
export function createWorkspaces(options: {
  repository: string;
  folder: string;
  keep: boolean;
  git: Git;
  log: Logger;
}): Workspaces {
  const { repository, folder, keep, git, log } = options;
  const ending = () => AbortSignal.timeout(endingMs);
  const inRepository = (args: string[], rest: { signal: AbortSignal }) =>
    git(args, { cwd: repository, ...rest });
  const places = (lane: LaneOfSession) => {
    const name = `${wordOf(lane.session)}-${wordOf(lane.lane)}`;
    return {
      prefix: `${name}.`,
      branch: `agent/${wordOf(lane.session)}/${wordOf(lane.lane)}`,
      held: `refs/switchyard/lanes/${name}`,
    };
  };

  /** Where the lane stands, by its branch; one without begins where the repository is. */
  async function startOf(branch: string, signal: AbortSignal): Promise<string> {
    const ref = `refs/heads/${branch}`;
    const found = await inRepository(['for-each-ref', '--format=%(objectname)', ref], { signal });
    if (found !== '') return found;
    const at = await inRepository(['rev-parse', '--verify', 'HEAD^{commit}'], { signal }).catch(noRepository);
    await inRepository(['update-ref', ref, at, ''], { signal }); // fails where another try was quicker
    return at;
  }

  /** Answers the commit that it is at. What killed workers left goes first: locks of its lane, and worktrees without a folder. */
  async function addWorktree(wanted: {
    path: string;
    lane: LaneOfSession;
    commit: string | undefined;
    signal: AbortSignal;
  }): Promise<string> {
    const { path, lane, commit, signal } = wanted;
    const { branch, held } = places(lane);
    await removeLeftLocks((args) => inRepository(args, { signal }), [`refs/heads/${branch}`, held]);
    const at = commit ?? (await startOf(branch, signal));
    await inRepository(['worktree', 'prune'], { signal });
    await inRepository(['worktree', 'add', '--detach', path, at], { signal });
    return at;
  }

  return {
    async open(lane, { commit, begunAt, signal }) {
      const { prefix, branch } = places(lane);
      const own = await makeTryFolder(folder, prefix, begunAt).catch(rethrowStorage);
      if (!keep) await sweepFiles(folder, isWorkspace, leftOverMs).catch(rethrowStorage);
      const path = join(own.path, 'tree');
      const home = join(own.path, 'home');
      await mkdir(home).catch(rethrowStorage);
      const remove = async () => {
        await own.remove();
        await inRepository(['worktree', 'prune'], { signal: ending() });
      };
      const at = await addWorktree({ path, lane, commit, signal }).catch(async (error: unknown) => {
        await own.remove();
        throw error;
      });
      // Read before anybody else can write it: later commands do not trust what stands there.
      const linked = await readFile(join(path, '.git'), 'utf8').catch(rethrowStorage);
      const gitDir = linked.replace(/^gitdir: /, '').trim();
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
        async diffSince(from, output, maxBytes) {
          await run(['diff', '--binary', '--no-ext-diff', '--no-textconv', from, 'HEAD'], {
            onOutput: cappedWriter(output, maxBytes),
          });
        },
        async close() {
          if (keep) return;
          await remove().catch((error: unknown) =>
            log.warn({ err: error }, 'the workspace could not be removed'),
          );
        },
      };
    },

    async keepCommit(lane, commit) {
      await inRepository(['update-ref', `refs/heads/${places(lane).branch}`, commit], { signal: ending() });
    },

    async holdCommit(lane, commit) {
      await inRepository(['update-ref', places(lane).held, commit], { signal: ending() });
    },
  };
}

/** Names of sessions are other people's; folders and branches get no more than a word of them. */
function wordOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) && !name.startsWith('x-')) return name;
  return `x-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

function rethrowStorage(error: unknown): never {
  throw storageError('the workspace cannot be made', error, { final: false });
}

function noRepository(error: unknown): never {
  throw new JobError(ErrorCode.IO_ERROR, 'AGENT_REPOSITORY is no git repository with a commit', {
    retryable: true,
    cause: error,
  });
}
