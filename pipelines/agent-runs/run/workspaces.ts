import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Logger, storageError, sweepFiles } from 'pg-switchyard';
import { cappedWriter } from '../../lib/commands/capped-writer.ts';
import { type Confine, unconfined } from '../../lib/sandbox/policy.ts';
import { makeTryFolder } from '../../lib/try-folders.ts';
import type { Git } from './git.ts';
import { objectFolders } from './git-places.ts';
import { findGitDirectories, gitView, isGitView } from './git-view.ts';
import { branchOf, heldRefOf, type LaneOfSession, type Lanes, laneName, refOf } from './lanes.ts';
import { removeLeftLocks } from './ref-locks.ts';
import { repositoryConfig } from './repository-config.ts';
import { Rest, type RestNames, type Store } from './rest.ts';
import { type Snapshot, Snapshots } from './snapshots.ts';
import { createToolRepository, readRefs } from './tool-repository.ts';

/**
 * A folder for one try of a run, in which tools work on a git repository of its own: it is on no branch, and what tools do to that
 * repository is seen by no other try. What its session and lane have is what its runs have kept, so that a try that was
 * thought lost, or a run that fails, takes nothing back.
 */
export interface Workspace {
  readonly path: string;
  /** A folder that programs may take for their user's own. */
  readonly home: string;
  /** What programs in a sandbox find as `/tmp`. */
  readonly temporary: string;
  /** Where the objects of `AGENT_REPOSITORY` lie, which its git repository reads. */
  readonly objects: readonly string[];
  /** The branch of its lane. */
  readonly branch: string;
  /** The commit it was opened at. */
  readonly commit: string;
  /** Commits what has changed, if anything has. Answers the commit that the workspace is at. */
  commitAll(message: string): Promise<string>;
  /** Stores what the last commit does not hold, if that has changed. */
  keepRest(store: Store, say: (line: string) => void): Promise<RestNames>;
  /** Writes what has changed since a commit, at most so many bytes. */
  diffSince(commit: string, output: Writable, maxBytes: number): Promise<void>;
  /** Removes its folders, unless they are to be kept. What cannot be removed now is by the next run of its lane. */
  close(): Promise<void>;
}

/** Where a workspace begins. */
interface Beginning {
  commit: string | undefined;
  scheduledAt: string;
  signal: AbortSignal;
  /** What the commit does not hold, and where it is stored. */
  rest?: { names: RestNames; pathOf: (name: string) => string } | undefined;
}

export interface Workspaces {
  /**
   * Makes one at the given commit, or where the last run of the lane that succeeded ended. What tries that began earlier left
   * in the lane is removed, whatever they still do with it; and what they left in other lanes, when it is old.
   */
  open(lane: LaneOfSession, at: Beginning): Promise<Workspace>;
}

/** Longer than a try of a run may take. */
const leftOverMs = 2 * 24 * 60 * 60 * 1000;
const isLeftOver = (name: string) => /^[\w-]+-[\w-]+\.\d+-\w{6}$/.test(name) || isGitView(name);

const restByDefault = 256 * 1024 * 1024;

/** Workspaces on one repository below a folder. Several processes may use both, each lane by one run at a time. */
export function createWorkspaces(options: {
  repository: string;
  folder: string;
  keep: boolean;
  git: Git;
  /** The sandbox of what packs and unpacks files of tools; left out: there is none. */
  confine?: Confine;
  lanes: Pick<Lanes, 'startOf'>;
  /** The most that is kept of what a commit does not hold. */
  maxRestBytes?: number;
  log: Logger;
}): Workspaces {
  const {
    repository,
    folder,
    keep,
    git,
    lanes,
    log,
    maxRestBytes = restByDefault,
    confine = unconfined,
  } = options;
  const directories = () => findGitDirectories(repository);
  const configOf = repositoryConfig(git);
  const format = async () => (await configOf(await directories())).format;

  /** The folders of a try, as tools find them. */
  async function prepare(
    lane: LaneOfSession,
    path: string,
    own: string,
    { commit, signal, rest }: Beginning,
  ) {
    const shared = await directories();
    await removeLeftLocks(shared, [refOf(lane), heldRefOf(lane)]);
    const at = commit ?? (await lanes.startOf(lane, signal));
    const view = gitView(git, { directories, folder, workTree: path, format });
    const index = join(own, 'index');
    await view(['read-tree', '--reset', '-u', at], { index, signal });
    const tools = await createToolRepository(git, {
      folder: path,
      views: folder,
      shared,
      config: await configOf(shared),
      refs: await readRefs(view, ['refs/heads', 'refs/tags', 'refs/remotes'], signal),
    }).catch(rethrowStorage);
    await tools.moveTo(at, index);
    const kept = new Rest({
      confine,
      folder: path,
      scratch: join(own, 'rest'),
      tools,
      maxBytes: maxRestBytes,
      signal,
    });
    if (rest !== undefined) await kept.restore(rest.names, rest.pathOf);
    const objects = join(shared.common, 'objects');
    return {
      at,
      view,
      kept,
      snapshots: new Snapshots({ folder: path, view, index, objects, tools, at, signal }),
    };
  }

  return {
    async open(lane, beginning) {
      const { scheduledAt, signal } = beginning;
      const own = await makeTryFolder(folder, `${laneName(lane)}.`, scheduledAt).catch(rethrowStorage);
      if (!keep) await sweepFiles(folder, isLeftOver, leftOverMs).catch(rethrowStorage);
      const path = join(own.path, 'tree');
      const home = join(own.path, 'home');
      const temporary = join(own.path, 'tmp');
      await Promise.all([mkdir(home), mkdir(path), mkdir(temporary)]).catch(rethrowStorage);
      const { at, view, kept, snapshots } = await prepare(lane, path, own.path, beginning).catch(
        async (error: unknown) => {
          await own.remove();
          throw error;
        },
      );
      let last: Snapshot | undefined;
      return {
        path,
        home,
        temporary,
        objects: await objectFolders(repository),
        branch: branchOf(lane),
        commit: at,
        async commitAll(message) {
          last = await snapshots.take(message);
          return last.commit;
        },
        async keepRest(store, say) {
          return last === undefined ? {} : kept.keep(last, last.commit, store, say);
        },
        async diffSince(from, output, maxBytes) {
          await view(['diff', '--binary', '--no-ext-diff', '--no-textconv', from, last?.commit ?? at], {
            signal,
            onStdout: cappedWriter(output, maxBytes),
          });
        },
        async close() {
          if (keep) return;
          await own
            .remove()
            .catch((error: unknown) => log.warn({ err: error }, 'the workspace could not be removed'));
        },
      };
    },
  };
}

function rethrowStorage(error: unknown): never {
  throw storageError('the workspace cannot be made', error, { final: false });
}
