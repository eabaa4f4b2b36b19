import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGit, type Git } from '../../src/activities/agent/git.ts';
import { createWorkspaces, type Workspaces } from '../../src/activities/agent/workspaces.ts';
import { allowedEnvironment } from '../../src/platform/config.ts';
import { createRepository } from '../support/agents.ts';
import { silentLogger } from '../support/logger.ts';

const lane = { session: 's1', lane: 'A' };
const { signal } = new AbortController();
const git: Git = createGit(allowedEnvironment(['PATH']));

let folder: string;
let repository: string;
let workspaces: Workspaces;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-workspaces-'));
  repository = await createRepository(folder);
  const trees = join(folder, 'trees');
  workspaces = createWorkspaces({ repository, folder: trees, keep: false, git, log: silentLogger });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

let begunAt = 0;
const open = (of: typeof lane) =>
  workspaces.open(of, { commit: undefined, begunAt: String(++begunAt), signal });

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A run that commits one file and keeps it. */
async function runIn(of: typeof lane): Promise<string> {
  const workspace = await open(of);
  await writeFile(join(workspace.path, 'a.txt'), `after ${workspace.commit}`);
  const commit = await workspace.commitAll('a step');
  await workspaces.holdCommit(of, commit);
  await workspaces.keepCommit(of, commit);
  await workspace.close();
  return commit;
}

describe('a lock', () => {
  const lockOf = (ref: string) => join(repository, '.git', `${ref}.lock`);
  const leaveLock = async (ref: string, secondsAgo: number) => {
    await writeFile(lockOf(ref), '');
    const at = new Date(Date.now() - secondsAgo * 1_000);
    await utimes(lockOf(ref), at, at);
  };

  test('that a killed git left in a lane is removed by the next run of the lane, and that of another lane is not', async () => {
    for (const each of [lane, { ...lane, lane: 'B' }]) await runIn(each);
    for (const ref of ['refs/heads/agent/s1/A', 'refs/switchyard/lanes/s1-A', 'refs/heads/agent/s1/B'])
      await leaveLock(ref, 60);
    const commit = await runIn(lane);
    expect(await git(['rev-parse', 'agent/s1/A'], { cwd: repository, signal })).toBe(commit);
    expect(await isThere(lockOf('refs/heads/agent/s1/B'))).toBe(true);
  });

  test('that somebody may hold just now is waited for', async () => {
    const before = await runIn(lane);
    await leaveLock('refs/heads/agent/s1/A', 0);
    const workspace = await open(lane);
    expect(workspace.commit).toBe(before);
    expect(await isThere(lockOf('refs/heads/agent/s1/A'))).toBe(true);
    const commit = await workspace.commitAll('nothing');
    const freed = setTimeout(1_000).then(() => rm(lockOf('refs/heads/agent/s1/A')));
    await Promise.all([workspaces.keepCommit(lane, commit), freed]);
  });

  test('that stays fails in a way that may pass', async () => {
    await runIn(lane);
    await leaveLock('refs/heads/agent/s1/A', 0);
    await expect(workspaces.keepCommit(lane, 'HEAD')).rejects.toMatchObject({
      code: 'IO_ERROR',
      retryable: true,
      message: expect.stringContaining('cannot lock ref'),
    });
  });
});

test('worktrees of lanes that nobody came back to are removed when they are old, and git forgets them', async () => {
  const left = await open({ ...lane, lane: 'B' });
  const young = await open({ ...lane, lane: 'C' });
  const strange = join(folder, 'trees', 'notes');
  await mkdir(strange);
  const old = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);
  for (const path of [join(left.path, '..'), strange]) await utimes(path, old, old);
  await runIn(lane);
  expect(await isThere(left.path)).toBe(false);
  expect(await git(['worktree', 'list'], { cwd: repository, signal })).not.toContain(left.path);
  for (const path of [young.path, strange]) expect(await isThere(path)).toBe(true);
});
