import { copyFile, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobError, systemErrorCode } from 'pg-switchyard';
import { AgentRunErrorCode } from '../error-codes.ts';
import type { Git } from './git.ts';
import { type GitDirectories, type GitView, gitView } from './git-view.ts';
import type { RepositoryConfig } from './repository-config.ts';
import { type BytePath, shown } from './workspace-files.ts';

/** Refs by their names. */
export type Refs = ReadonlyMap<string, string>;

/**
 * The git repository that tools see in a workspace: its own, with its own configuration, refs and hooks, so that what one tool writes
 * there is nothing to other workspaces. It reads objects of `AGENT_REPOSITORY`, and has its branches, tags and remotes.
 */
export interface ToolRepository {
  /** Says that the workspace is at this commit, with this index. */
  moveTo(commit: string, index: string): Promise<void>;
  /** The commit that a tool left it at, and all refs that it made or moved. */
  look(signal: AbortSignal): Promise<{ head: string | undefined; changed: Refs }>;
  /** Where its objects lie. */
  readonly objects: string;
  /** Files of this list that are not in the folder because a tool asked git for a part of the tree. */
  hidden(paths: readonly BytePath[], signal: AbortSignal): Promise<BytePath[]>;
  readonly view: GitView;
}

export async function createToolRepository(
  git: Git,
  options: { folder: string; views: string; shared: GitDirectories; config: RepositoryConfig; refs: Refs },
): Promise<ToolRepository> {
  const { folder, views, shared, config, refs } = options;
  const own = join(folder, '.git');
  const view = gitView(git, {
    directories: async () => ({ own, common: own }),
    folder: views,
    format: async () => config.format,
  });
  await mkdir(join(own, 'objects', 'info'), { recursive: true });
  await mkdir(join(own, 'refs', 'heads'), { recursive: true });
  await mkdir(join(own, 'info'));
  await writeFile(join(own, 'objects', 'info', 'alternates'), `${join(shared.common, 'objects')}\n`);
  await writeFile(join(own, 'packed-refs'), [...refs].map(([name, oid]) => `${oid} ${name}\n`).join(''));
  await writeFile(
    join(own, 'config'),
    `${config.format}[core]\n\tbare = false\n\tfilemode = true\n\tlogAllRefUpdates = true\n${config.forTools}`,
  );
  await copyFile(join(shared.common, 'shallow'), join(own, 'shallow')).catch(ignoreMissing);

  const isThere = async () => (await lstat(own).catch(() => undefined))?.isDirectory() === true;
  const headText = () => readFile(join(own, 'HEAD'), 'utf8').catch(() => '');

  return {
    view,
    objects: join(own, 'objects'),

    async moveTo(commit, index) {
      const branch = /^ref: (refs\/heads\/.+)\n?$/.exec(await headText())?.[1];
      if (branch === undefined)
        await writeAside(join(own, 'HEAD'), (aside) => writeFile(aside, `${commit}\n`));
      else await view(['update-ref', branch, commit]);
      await writeAside(join(own, 'index'), (aside) => copyFile(index, aside));
    },

    async look(signal) {
      if (!(await isThere())) return { head: undefined, changed: new Map() };
      const head = (await headText()).trim();
      if (head === '') return { head: undefined, changed: new Map() };
      const now = await readRefs(view, [], signal).catch(unreadable);
      const branch = /^ref: (.+)$/.exec(head)?.[1];
      return {
        head: branch === undefined ? head : now.get(branch),
        changed: new Map([...now].filter(([name, oid]) => refs.get(name) !== oid)),
      };
    },

    async hidden(paths, signal) {
      const index = join(own, 'index');
      if (paths.length === 0 || !(await isThere())) return [];
      const entries = await listPaths(view, ['ls-files', '-t', '-z'], { index, signal }).catch(unreadable);
      const skipped = new Set(
        entries.filter((entry) => entry.startsWith('S ')).map((entry) => entry.slice(2)),
      );
      return paths.filter((path) => skipped.has(path));
    },
  };
}

/** Of these patterns, or all. */
export async function readRefs(
  view: GitView,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const lines: Buffer[] = [];
  await view(['for-each-ref', '--format=%(objectname) %(refname)', ...patterns], {
    signal,
    onStdout: (chunk) => lines.push(chunk),
  });
  const refs = Buffer.concat(lines).toString().split('\n').filter(Boolean);
  return new Map(refs.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

/** What a git command lists with `-z`. */
export async function listPaths(
  view: GitView,
  args: readonly string[],
  options: Parameters<GitView>[1],
): Promise<BytePath[]> {
  const chunks: Buffer[] = [];
  await view(args, { ...options, onStdout: (chunk) => chunks.push(chunk) });
  return Buffer.concat(chunks).toString('latin1').split('\0').filter(Boolean);
}

async function writeAside(path: string, write: (aside: string) => Promise<void>): Promise<void> {
  const aside = `${path}.switchyard`;
  await write(aside);
  await rename(aside, path).catch(async (error: unknown) => {
    await rm(aside, { force: true });
    throw error;
  });
}

const ignoreMissing = (error: unknown): void => {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
};

function unreadable(error: unknown): never {
  if (!(error instanceof JobError)) throw error;
  throw new JobError(
    AgentRunErrorCode.TOOL_FAILED,
    `a tool left a git repository in the workspace that cannot be read: ${error.message}`,
    { retryable: false, cause: error },
  );
}

/** For a message: the first few, of a git repository one. */
export function namesOf(paths: readonly BytePath[], most = 5): string {
  const short = [...new Set(paths.map((path) => path.replace(/(^|\/)(\.git)\/.*$/is, '$1$2')))];
  const names = short.slice(0, most).map(shown).join(', ');
  return short.length > most ? `${names} and ${short.length - most} more` : names;
}
