import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { cappedWriter } from '../../platform/capped-writer.ts';
import { sweepFiles } from '../../platform/files.ts';
import type { Logger } from '../../platform/logging.ts';
import { storageError } from '../files.ts';
import { makeTryFolder } from '../try-folders.ts';
import { type Git, gitIn } from './git.ts';
import { branchOf, heldRefOf, type LaneOfSession, type Lanes, laneName, refOf } from './lanes.ts';
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
   * Makes one at the given commit, or where the last run of the lane that succeeded ended. What tries that began earlier left
   * in the lane is removed, whatever they still do with it; and what they left in other lanes, when it is old.
   */
  open(
    lane: LaneOfSession,
    at: { commit: string | undefined; begunAt: string; signal: AbortSignal },
  ): Promise<Workspace>;
}

/** Longer than a try of a run may take. */
const leftOverMs = 2 * 24 * 60 * 60 * 1000;
const isWorkspace = (name: string) => /^[\w-]+-[\w-]+\.\d+-\w{6}$/.test(name);

/** Worktrees of one repository below a folder. Several processes may use both, each lane by one run at a time. */
export function createWorkspaces(options: {
  repository: string;
  folder: string;
  keep: boolean;
  git: Git;
  lanes: Pick<Lanes, 'startOf'>;
  log: Logger;
}): Workspaces {
  const { repository, folder, keep, git, lanes, log } = options;
  const inRepository = gitIn(git, repository);

  /** Answers the commit that it is at. What killed workers left goes first: locks of its lane, and worktrees without a folder. */
  async function addWorktree(wanted: {
    path: string;
    lane: LaneOfSession;
    commit: string | undefined;
    signal: AbortSignal;
  }): Promise<string> {
    const { path, lane, commit, signal } = wanted;
    await removeLeftLocks((args) => inRepository(args, signal), [refOf(lane), heldRefOf(lane)]);
    const at = commit ?? (await lanes.startOf(lane, signal));
    await inRepository(['worktree', 'prune'], signal);
    await inRepository(['worktree', 'add', '--detach', path, at], signal);
    return at;
  }

  return {
    async open(lane, { commit, begunAt, signal }) {
      const own = await makeTryFolder(folder, `${laneName(lane)}.`, begunAt).catch(rethrowStorage);
      if (!keep) await sweepFiles(folder, isWorkspace, leftOverMs).catch(rethrowStorage);
      const path = join(own.path, 'tree');
      const home = join(own.path, 'home');
      await mkdir(home).catch(rethrowStorage);
      const remove = async () => {
        await own.remove();
        await inRepository(['worktree', 'prune']);
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
        branch: branchOf(lane),
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
  };
}

function rethrowStorage(error: unknown): never {
  throw storageError('the workspace cannot be made', error, { final: false });
}
