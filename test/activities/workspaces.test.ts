import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGit, type Git } from '../../src/activities/agent/git.ts';
import { createLanes, type Lanes } from '../../src/activities/agent/lanes.ts';
import type { RunEnd } from '../../src/activities/agent/progress.ts';
import { createWorkspaces, type Workspaces } from '../../src/activities/agent/workspaces.ts';
import { allowedEnvironment } from '../../src/platform/config.ts';
import { createRepository } from '../support/agents.ts';
import { recordingLogger, silentLogger } from '../support/logger.ts';

const lane = { session: 's1', lane: 'A' };
const { signal } = new AbortController();
const git: Git = createGit(allowedEnvironment(['PATH']));

let folder: string;
let repository: string;
let workspaces: Workspaces;
let lanes: Lanes;
/** What the rows say of runs. */
let ends: Map<string, RunEnd>;
const { log, lines } = recordingLogger();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-workspaces-'));
  repository = await createRepository(folder);
  const trees = join(folder, 'trees');
  ends = new Map();
  lines.length = 0;
  lanes = createLanes({
    repository,
    folder: trees,
    git,
    endOf: async (runId) => ends.get(runId) ?? 'without success',
    log,
  });
  workspaces = createWorkspaces({ repository, folder: trees, keep: false, git, lanes, log: silentLogger });
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

/** A run that commits one file, and whose row ends as `end` says, just before its branch would be moved. */
async function runUpTo(end: 'succeeded' | 'without success' | 'running', of = lane, id = randomUUID()) {
  const workspace = await open(of);
  await writeFile(join(workspace.path, 'a.txt'), `after ${workspace.commit}`);
  const commit = await workspace.commitAll('a step');
  await lanes.holdCommit(of, commit);
  await lanes.announce(of, id);
  ends.set(id, end === 'succeeded' ? { base: workspace.commit, commit } : end);
  await workspace.close();
  return { id, base: workspace.commit, commit };
}

/** A run that succeeds. Answers its commit. */
async function runIn(of: typeof lane): Promise<string> {
  const { id, commit } = await runUpTo('succeeded', of);
  await lanes.settle(of, id);
  return commit;
}

const branch = () => git(['rev-parse', 'agent/s1/A'], { cwd: repository, signal });
const announced = () => readdir(join(folder, 'trees', '.announced'));

describe('the branch of a lane', () => {
  test('goes to where a run ended that succeeded, once', async () => {
    const { id, base, commit } = await runUpTo('succeeded');
    expect(await branch()).toBe(base);
    await lanes.settle(lane, id);
    expect(await branch()).toBe(commit);
    expect(await announced()).toEqual([]);
    await git(['update-ref', 'refs/heads/agent/s1/A', base], { cwd: repository, signal }); // somebody throws it away
    await lanes.settle(lane, id);
    expect(await branch()).toBe(base);
  });

  test('is moved by the next run of the lane, when the worker of the last one was killed before it did', async () => {
    const { id, commit } = await runUpTo('succeeded');
    const next = await open(lane);
    expect(next.commit).toBe(commit);
    expect(await branch()).toBe(commit);
    await lanes.settle(lane, id); // the late one
    expect(await branch()).toBe(commit);
  });

  test('stays where it is for a run that was canceled when all its work was done', async () => {
    const { base } = await runUpTo('without success');
    expect((await open(lane)).commit).toBe(base);
    expect(await branch()).toBe(base);
    expect(await announced()).toEqual([]);
  });

  test('stays where it is for a try that was lost, and so does the word of the one after it', async () => {
    const { id, base } = await runUpTo('running');
    expect((await open(lane)).commit).toBe(base);
    expect(await announced()).toEqual([`s1-A.${id}`]);
  });

  test('is not taken from where somebody else put it meanwhile, and the log says so', async () => {
    const { id } = await runUpTo('succeeded');
    const own = await git(['commit-tree', '-m', 'own', 'HEAD^{tree}'], { cwd: repository, signal });
    await git(['update-ref', 'refs/heads/agent/s1/A', own], { cwd: repository, signal });
    await lanes.settle(lane, id);
    expect(await branch()).toBe(own);
    expect(lines).toMatchObject([{ level: 40, branch: 'agent/s1/A', tip: own }]);
    expect(await announced()).toEqual([]);
  });

  test('is moved by one of many that want to', async () => {
    const { id, commit } = await runUpTo('succeeded');
    await Promise.all(Array.from({ length: 5 }, () => lanes.settle(lane, id)));
    expect(await branch()).toBe(commit);
    expect(lines).toEqual([]);
  });
});

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
    expect(await branch()).toBe(commit);
    expect(await isThere(lockOf('refs/heads/agent/s1/B'))).toBe(true);
  });

  test('that somebody may hold just now is waited for', async () => {
    const { id, commit } = await runUpTo('succeeded');
    await leaveLock('refs/heads/agent/s1/A', 0);
    const freed = setTimeout(1_000).then(() => rm(lockOf('refs/heads/agent/s1/A')));
    await Promise.all([lanes.settle(lane, id), freed]);
    expect(await branch()).toBe(commit);
  });

  test('that stays fails in a way that may pass', async () => {
    const { id } = await runUpTo('succeeded');
    await leaveLock('refs/heads/agent/s1/A', 0);
    await expect(lanes.settle(lane, id)).rejects.toMatchObject({
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
