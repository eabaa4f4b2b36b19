import { join } from 'node:path';
import { JobError, mayPass, systemErrorCode } from 'pg-switchyard';
import { AgentRunErrorCode } from '../error-codes.ts';
import { gitMayRecover } from './git.ts';
import type { GitView, ViewOptions } from './git-view.ts';
import { listPaths, type Refs, type ToolRepository } from './tool-repository.ts';
import { type BytePath, listWorkspace, makeReadable } from './workspace-files.ts';

/** A workspace as it was committed. */
export interface Snapshot {
  commit: string;
  /** What is in the folder and not in the commit: ignored by git, in another repository, or a folder with nothing in it. */
  outside: BytePath[];
  /** Sockets, pipes and devices, which hold nothing to keep. */
  special: BytePath[];
  /** Branches, tags and stashes that tools made. */
  refs: Refs;
}

interface SnapshotOptions {
  folder: string;
  /** Git on the shared repository, with the workspace for its work tree. */
  view: GitView;
  index: string;
  /** Where the shared repository keeps its objects. */
  objects: string;
  tools: ToolRepository;
  /** The commit that the workspace was made at. */
  at: string;
  signal: AbortSignal;
}

/** Commits what lies in a workspace, whatever the git configuration and the index of tools say. */
export class Snapshots {
  readonly #options: SnapshotOptions;
  #last: string;
  /** Of the last commit that was made here. */
  readonly #trees = new Map<string, string>();

  constructor(options: SnapshotOptions) {
    this.#options = options;
    this.#last = options.at;
  }

  /**
   * The commit stays the same when nothing has changed. Commits that tools made are among its ancestors.
   * @throws {JobError} `TOOL_FAILED`, final, when what tools left cannot be committed
   */
  async take(message: string): Promise<Snapshot> {
    return this.#take(message).catch((error: unknown) => {
      throw this.#options.signal.aborted ? error : leftBadly(error);
    });
  }

  async #take(message: string): Promise<Snapshot> {
    const { folder, index, tools, signal } = this.#options;
    const { files, outside, special } = await listWorkspace(folder);
    const { head, changed } = await tools.look(signal);
    const unadded = await this.#updateIndex(files);
    const commit = await this.#commit(message, head);
    await tools.moveTo(commit, index);
    this.#last = commit;
    return { commit, outside: [...outside, ...unadded], special, refs: changed };
  }

  #git(args: readonly string[], more: ViewOptions = {}): Promise<string> {
    const { view, index, signal } = this.#options;
    return view(args, { index, signal, ...more });
  }

  #paths(args: readonly string[], more: ViewOptions = {}): Promise<BytePath[]> {
    const { view, index, signal } = this.#options;
    return listPaths(view, args, { index, signal, ...more });
  }

  /** Answers the files that are not to be committed. */
  async #updateIndex(files: readonly BytePath[]): Promise<BytePath[]> {
    const { tools, signal } = this.#options;
    const entries = await this.#paths(['ls-files', '--stage', '-z']);
    const pathOf = (entry: string) => entry.slice(entry.indexOf('\t') + 1);
    const submodules = new Set(entries.filter((entry) => entry.startsWith('160000 ')).map(pathOf));
    const tracked = new Set(entries.map(pathOf));
    const there = new Set(files);
    const gone = [...tracked].filter((path) => !there.has(path) && !submodules.has(path));
    const hidden = new Set(await tools.hidden(gone, signal));
    const untracked = files.filter((path) => !tracked.has(path));
    const isInSubmodule = (path: BytePath) => [...submodules].some((each) => path.startsWith(`${each}/`));
    const inSubmodules = untracked.filter(isInSubmodule);
    const others = inSubmodules.length === 0 ? untracked : untracked.filter((path) => !isInSubmodule(path));
    const outside = [...inSubmodules, ...(await this.#ignored(others))];
    const isOutside = new Set(outside);
    await this.#add([
      ...gone.filter((path) => !hidden.has(path)),
      ...files.filter((path) => !isOutside.has(path)),
    ]);
    return outside;
  }

  async #ignored(paths: readonly BytePath[]): Promise<BytePath[]> {
    if (paths.length === 0) return [];
    const input = asInput(paths);
    return this.#paths(['check-ignore', '--no-index', '--stdin', '-z'], { input }).catch((error: unknown) => {
      if (error instanceof JobError && error.message.endsWith('exit code 1')) return []; // none of them
      throw error;
    });
  }

  async #add(paths: readonly BytePath[]): Promise<void> {
    const input = asInput(paths);
    const add = () =>
      this.#git(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], { input });
    await add().catch(async (error: unknown) => {
      if (!String(error).includes('Permission denied')) throw error;
      await makeReadable(this.#options.folder, paths);
      await add();
    });
  }

  async #commit(message: string, head: string | undefined): Promise<string> {
    const tree = await this.#git(['write-tree']);
    const parents = await this.#parents(head);
    const [first = this.#last, other] = parents;
    if (other === undefined && (await this.#treeOf(first)) === tree) return first;
    this.#trees.clear();
    const commit = await this.#git([
      'commit-tree',
      tree,
      ...parents.flatMap((each) => ['-p', each]),
      '-m',
      message,
    ]);
    this.#trees.set(commit, tree);
    return commit;
  }

  async #treeOf(commit: string): Promise<string> {
    return this.#trees.get(commit) ?? this.#git(['rev-parse', '--verify', `${commit}^{tree}`]);
  }

  /** The last commit; or the one that a tool went on to from there; or both, where it went elsewhere. */
  async #parents(head: string | undefined): Promise<string[]> {
    if (head === undefined || head === this.#last) return [this.#last];
    await this.#fetch(head);
    if (await this.#isAncestor(this.#last, head)) return [head];
    return (await this.#isAncestor(head, this.#last)) ? [this.#last] : [this.#last, head];
  }

  /** Brings what a tool committed into the shared repository. */
  async #fetch(head: string): Promise<void> {
    const { objects, tools } = this.#options;
    await this.#git(['pack-objects', '--quiet', '--revs', join(objects, 'pack', 'pack')], {
      objects: tools.objects,
      input: `${head}\n^${this.#last}\n`,
    });
  }

  #isAncestor(older: string, younger: string): Promise<boolean> {
    return this.#git(['merge-base', '--is-ancestor', older, younger]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof JobError && error.message.endsWith('exit code 1')) return false;
        throw error;
      },
    );
  }
}

const asInput = (paths: readonly BytePath[]): Buffer =>
  Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');

/** The tool is not called again for what it left: it would leave the same. */
function leftBadly(error: unknown): unknown {
  const mayHelp = error instanceof JobError ? !error.retryable || gitMayRecover(error) : mayPass(error);
  if (mayHelp) return error;
  const code = error instanceof JobError ? undefined : systemErrorCode(error);
  const reason = code ?? (error instanceof Error ? error.message : String(error));
  return new JobError(
    AgentRunErrorCode.TOOL_FAILED,
    `what the tools left in the workspace cannot be committed: ${reason}`,
    { retryable: false, cause: error },
  );
}
