import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ErrorCode,
  flushToDisk,
  JobError,
  type Logger,
  storageError,
  systemErrorCode,
  writeFlushed,
} from 'pg-switchyard';
import type { Git } from './git.ts';
import { findGitDirectories, gitView } from './git-view.ts';
import type { RunEnd } from './progress.ts';
import { removeLeftLocks } from './ref-locks.ts';
import { repositoryConfig } from './repository-config.ts';

export interface LaneOfSession {
  session: string;
  lane: string;
}

/**
 * Where lanes stand in the repository: each has a branch, which goes to where a run ended after its row says that it succeeded,
 * and never before, so that a run which is canceled in that moment leaves nothing. Until the branch has moved the run stays
 * announced, by an empty file: whoever comes next to the lane moves it first.
 */
export interface Lanes {
  /** The commit that the next run of the lane begins with. */
  startOf(lane: LaneOfSession, signal: AbortSignal): Promise<string>;
  /** To be said of a run before its row says that it succeeded. */
  announce(lane: LaneOfSession, runId: string): Promise<void>;
  /** The branch goes to where an announced run ended, if its row says that it succeeded. Again does no harm. */
  settle(lane: LaneOfSession, runId: string): Promise<void>;
  /** Keeps git from clearing away the commit of a run that waits. */
  holdCommit(lane: LaneOfSession, commit: string): Promise<void>;
}

/** Lanes of one repository. Several processes may use it; each lane has one run at a time, and one that was just completed. */
export function createLanes(options: {
  repository: string;
  /** Where announcements lie. */
  folder: string;
  git: Git;
  /** What the row says of a run. */
  endOf: (runId: string) => Promise<RunEnd>;
  log: Logger;
}): Lanes {
  const { repository, git, endOf, log } = options;
  const announced = join(options.folder, '.announced');
  const markOf = (lane: LaneOfSession, runId: string) => `${laneName(lane)}.${runId}`;
  const directories = () => findGitDirectories(repository);
  const configOf = repositoryConfig(git);
  const view = gitView(git, {
    directories,
    folder: options.folder,
    format: async () => (await configOf(await directories())).format,
  });
  const inRepository = (args: readonly string[], signal?: AbortSignal) =>
    view(args, signal === undefined ? {} : { signal });
  /** Empty: there is no such branch. */
  const tipOf = (ref: string, signal?: AbortSignal) =>
    inRepository(['for-each-ref', '--format=%(objectname)', ref], signal);
  const marks = (): Promise<string[]> =>
    readdir(announced).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return []; // nobody has announced a run yet
      throw storageError('the announced runs cannot be read', error, { final: false });
    });

  /** Only from where the run began: what somebody else did to the branch meanwhile stays. */
  async function moveBranch(lane: LaneOfSession, { base, commit }: { base: string; commit: string }) {
    const ref = refOf(lane);
    try {
      await removeLeftLocks(await directories(), [ref]);
      await inRepository(['update-ref', ref, commit, base]);
    } catch (error) {
      const tip = await tipOf(ref);
      if (tip === base) throw error;
      const isOn = await inRepository(['merge-base', '--is-ancestor', commit, ref]).then(
        () => true,
        () => false,
      );
      if (isOn) return; // another one was quicker
      log.warn(
        { branch: branchOf(lane), base, commit, tip },
        'a run ended, and its branch was elsewhere by then',
      );
    }
  }

  async function settleAnnounced(lane: LaneOfSession, runId: string): Promise<void> {
    const end = await endOf(runId);
    if (end === 'running') return; // an earlier try of it came so far
    if (end !== 'without success') await moveBranch(lane, end);
    await rm(join(announced, markOf(lane, runId)), { force: true }).catch(rethrowStorage);
  }

  return {
    async settle(lane, runId) {
      if ((await marks()).includes(markOf(lane, runId))) await settleAnnounced(lane, runId);
    },

    async startOf(lane, signal) {
      const prefix = markOf(lane, '');
      for (const mark of await marks())
        if (mark.startsWith(prefix)) await settleAnnounced(lane, mark.slice(prefix.length));
      const ref = refOf(lane);
      const tip = await tipOf(ref, signal);
      if (tip !== '') return tip;
      const at = await inRepository(['rev-parse', '--verify', 'HEAD^{commit}'], signal).catch(noRepository);
      await inRepository(['update-ref', ref, at, ''], signal); // fails where another try was quicker
      return at;
    },

    async announce(lane, runId) {
      await mkdir(announced, { recursive: true }).catch(rethrowStorage);
      await writeFlushed(join(announced, markOf(lane, runId)), async () => undefined).catch(rethrowStorage);
      await flushToDisk(announced).catch(rethrowStorage);
    },

    async holdCommit(lane, commit) {
      await inRepository(['update-ref', heldRefOf(lane), commit]);
    },
  };
}

export const laneName = ({ session, lane }: LaneOfSession) => `${wordOf(session)}-${wordOf(lane)}`;
export const branchOf = ({ session, lane }: LaneOfSession) => `agent/${wordOf(session)}/${wordOf(lane)}`;
export const refOf = (lane: LaneOfSession) => `refs/heads/${branchOf(lane)}`;
export const heldRefOf = (lane: LaneOfSession) => `refs/switchyard/lanes/${laneName(lane)}`;

/** Names of sessions are other people's; folders and branches get no more than a word of them. */
function wordOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) && !name.startsWith('x-')) return name;
  return `x-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

const rethrowStorage = (error: unknown): never => {
  throw storageError('a run cannot be announced', error, { final: false });
};

function noRepository(error: unknown): never {
  throw new JobError(ErrorCode.IO_ERROR, 'AGENT_REPOSITORY is no git repository with a commit', {
    retryable: true,
    cause: error,
  });
}
