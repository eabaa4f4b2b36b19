import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allowedEnvironment } from '../../../../src/platform/environment.ts';
import { recordingLogger, silentLogger } from '../../../../test/support/logger.ts';
import { createGit, type Git } from '../../run/git.ts';
import { createLanes, type Lanes } from '../../run/lanes.ts';
import type { RunEnd } from '../../run/progress.ts';
import { createWorkspaces, type Workspace, type Workspaces } from '../../run/workspaces.ts';
import { createRepository } from '../support/agents.ts';

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

let scheduledAt = 0;
const open = (of: typeof lane) =>
  workspaces.open(of, { commit: undefined, scheduledAt: String(++scheduledAt), signal });

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

const command = promisify(execFile);
const author = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
};
/** As a tool does: a shell in the workspace, with the whole of git's configuration. */
const shell = async ({ path, home }: Workspace, script: string): Promise<string> => {
  const env = { PATH: process.env['PATH'], HOME: home, ...author };
  const { stdout } = await command('bash', ['-ec', script], { cwd: path, env });
  return stdout.trim();
};
const inRepository = (...args: string[]) => git(args, { cwd: repository, signal });
const filesOf = async (commit: string) =>
  (await inRepository('ls-tree', '-r', '--name-only', '-z', commit)).split('\0').filter(Boolean);
/** Takes a step, and keeps what its commit does not hold. */
async function step(workspace: Workspace) {
  const words: string[] = [];
  const commit = await workspace.commitAll('a step');
  const rest = await workspace.keepRest(
    async (ending, file) => {
      await copyFile(file, join(folder, ending));
      return ending;
    },
    (line) => words.push(line),
  );
  return { commit, rest, words: words.join('\n') };
}
const goOnAt = (commit: string, names: { files?: string | undefined; refs?: string | undefined }) =>
  workspaces.open(lane, {
    commit,
    scheduledAt: String(++scheduledAt),
    signal,
    rest: { names, pathOf: (name) => join(folder, name) },
  });

describe('what tools leave', () => {
  test('in a git repository of their own is content of the commit, and its history is kept beside it', async () => {
    const workspace = await open(lane);
    await shell(
      workspace,
      `git init -q sub; echo one > sub/a; git -C sub add a; git -C sub commit -qm s
       git init -q bare-of-commits; echo two > bare-of-commits/b
       git init -q --bare store.git; echo three > plain`,
    );
    const { commit, rest, words } = await step(workspace);
    expect(await filesOf(commit)).toEqual(
      expect.arrayContaining(['bare-of-commits/b', 'plain', 'store.git/HEAD', 'sub/a']),
    );
    expect(await inRepository('show', `${commit}:sub/a`)).toBe('one');
    expect(words).toContain('kept in rest.tar');
    const next = await goOnAt(commit, rest);
    expect(
      await shell(next, 'git -C sub log --format=%s; git -C sub status --porcelain; cat bare-of-commits/b'),
    ).toBe('s\ntwo');
  });

  test('and git ignores, or holds nothing, is kept beside the commit, and put back where the run goes on', async () => {
    const workspace = await open(lane);
    await shell(workspace, `echo build/ > .gitignore; mkdir -p build empty/deep; echo out > build/out.bin`);
    const { commit, rest, words } = await step(workspace);
    expect(await filesOf(commit)).toEqual(['.gitignore']);
    expect(words).toContain('build/out.bin');
    const next = await goOnAt(commit, rest);
    expect(await shell(next, 'cat build/out.bin; ls empty; git status --porcelain')).toBe('out\ndeep');
    expect((await step(next)).commit).toBe(commit);
  });

  test('of that is stored again only when it has changed, and no longer when it is gone', async () => {
    const workspace = await open(lane);
    await shell(workspace, `echo '*.o' > .gitignore; echo 1 > a.o`);
    expect((await step(workspace)).words).toContain('a.o');
    await shell(workspace, 'echo other > b');
    expect(await step(workspace)).toMatchObject({ words: '', rest: { files: 'rest.tar' } });
    await shell(workspace, 'rm a.o');
    expect((await step(workspace)).rest.files).toBeUndefined();
  });

  test('of that beyond the limit fails for good, and a limit of 0 names what is not kept', async () => {
    const limited = (maxRestBytes: number) =>
      createWorkspaces({
        repository,
        folder: join(folder, 'trees'),
        keep: false,
        git,
        lanes,
        maxRestBytes,
        log,
      });
    for (const [bytes, outcome] of [
      [
        10,
        {
          code: 'TOOL_FAILED',
          retryable: false,
          message: expect.stringMatching(/big\.o.*AGENT_MAX_LEFT_FILES/s),
        },
      ],
      [0, { rest: {}, words: expect.stringMatching(/not kept.*big\.o/) }],
    ] as const) {
      const workspace = await limited(bytes).open(lane, {
        commit: undefined,
        scheduledAt: String(++scheduledAt),
        signal,
      });
      await shell(workspace, `echo '*.o' > .gitignore; echo 0123456789abcdef > big.o`);
      expect(await step(workspace).catch((error: unknown) => error)).toMatchObject(outcome);
    }
  });

  test('as commits, branches, tags and stashes is kept: on the way to the commit of the step, or in a bundle', async () => {
    const workspace = await open(lane);
    await shell(workspace, `echo 1 > a; git add a; git commit -qm own; echo 2 > b`);
    const first = await step(workspace);
    expect(await inRepository('log', '--format=%s', first.commit)).toBe('a step\nown\nfirst');
    expect(await shell(workspace, 'git status --porcelain; git log -1 --format=%s')).toBe('a step');
    await shell(
      workspace,
      `git checkout -qb idea; echo 3 > a; git commit -qam idea; git checkout -q --detach HEAD~1
      git tag -am x v1; echo 4 > b; git stash -q`,
    );
    const second = await step(workspace);
    expect(second).toMatchObject({ commit: first.commit, rest: { refs: 'rest.bundle' } });
    expect(second.words).toMatch(/refs\/heads\/idea.*refs\/stash.*refs\/tags\/v1/);
    const next = await goOnAt(second.commit, second.rest);
    expect(await shell(next, 'git show idea:a; git show stash:b; git cat-file -t v1')).toBe('3\n4\ntag');
  });

  test('on a branch they switched to goes on there, and work on an unrelated one is merged', async () => {
    const workspace = await open(lane);
    await shell(workspace, 'git checkout -qb topic; echo 1 > a; git add a; git commit -qm topic; echo 2 > a');
    const { commit } = await step(workspace);
    expect(await shell(workspace, 'git symbolic-ref HEAD; git rev-parse topic; git status --porcelain')).toBe(
      `refs/heads/topic\n${commit}`,
    );
    await shell(workspace, 'git checkout -q --orphan other; git commit -qm orphan');
    const merged = await step(workspace);
    expect(await inRepository('log', '--format=%s', '--topo-order', merged.commit)).toContain('orphan');
    expect(await inRepository('merge-base', '--is-ancestor', commit, merged.commit)).toBe('');
  });

  test.each([
    ['no repository at all', 'rm -rf .git'],
    ['a new one', 'rm -rf .git; git init -q; git add a; git commit -qm anew'],
    ['a file in its place', 'git init -q --separate-git-dir ../elsewhere'],
    ['a link in its place', 'mv .git ../moved; ln -s ../moved .git'],
    ['a broken HEAD', 'echo nonsense > .git/HEAD'],
    ['a HEAD on no commit', 'git symbolic-ref HEAD refs/heads/unborn'],
    ['locks', 'touch .git/index.lock .git/HEAD.lock'],
    ['a broken index', 'echo x > .git/index'],
  ])('beside %s is committed, or fails for good', async (_, script) => {
    const workspace = await open(lane);
    await shell(workspace, `echo kept > a; ${script}`);
    const done = await step(workspace).catch((error: unknown) => error);
    if (done instanceof Error) expect(done).toMatchObject({ code: 'TOOL_FAILED', retryable: false });
    else expect(await inRepository('show', `${(done as { commit: string }).commit}:a`)).toBe('kept');
  });

  test('is committed byte by byte, whatever attributes say, with its names, modes and links', async () => {
    const workspace = await open(lane);
    await shell(
      workspace,
      `printf '* text=auto eol=lf ident filter=x working-tree-encoding=UTF-16 export-ignore\n' > .gitattributes
       printf 'a\\r\\n$Id$\\r\\n' > crlf; printf x > $'\\xff\\xfe'; printf x > run; chmod +x run; printf y > RUN
       ln -s /etc/passwd out; ln -s nowhere dangling; printf z > 'back\\slash'; printf z > 'git~1'; printf z > $'new\\nline'
       mkdir -p .GIT; printf z > .GIT/x`,
    );
    const { commit, words } = await step(workspace);
    expect(await inRepository('cat-file', '-s', `${commit}:crlf`)).toBe('9');
    const listed = await inRepository('ls-tree', '-r', commit);
    expect(
      listed
        .split('\n')
        .map((line) => line.replace(/ blob \w+\t/, ' '))
        .sort(),
    ).toEqual(
      [
        '100644 "\\377\\376"',
        '100644 "back\\\\slash"',
        '100644 "new\\nline"',
        '100644 .gitattributes',
        '100644 RUN',
        '100644 crlf',
        '100644 git~1',
        '100755 run',
        '120000 dangling',
        '120000 out',
      ].sort(),
    );
    expect(words).toContain('what git does not commit (.GIT)');
    const next = await goOnAt(commit, {});
    expect(await readFile(join(next.path, 'crlf'), 'utf8')).toBe('a\r\n$Id$\r\n');
    expect((await step(next)).commit).toBe(commit);
  });

  test('hidden by sparse checkout or skip-worktree is not deleted, and what changed behind a mark is committed', async () => {
    const first = await open(lane);
    await shell(first, 'mkdir x y; echo 1 > x/a; echo 1 > y/b; echo 1 > c');
    const { commit } = await step(first);
    const workspace = await goOnAt(commit, {});
    await shell(
      workspace,
      'git sparse-checkout set x; test ! -e y/b; git update-index --assume-unchanged c; git update-index --skip-worktree x/a; echo 2 > c; echo 2 > x/a',
    );
    const next = await step(workspace);
    expect(await filesOf(next.commit)).toEqual(['c', 'x/a', 'y/b']);
    for (const path of ['c', 'x/a']) expect(await inRepository('show', `${next.commit}:${path}`)).toBe('2');
  });

  test('in place of something else is what the commit holds, and what they removed is gone', async () => {
    const first = await open(lane);
    await shell(first, 'mkdir d; echo 1 > d/a; echo 1 > f; echo 1 > gone');
    const workspace = await goOnAt((await step(first)).commit, {});
    await shell(workspace, 'rm -r d f gone; echo 2 > d; mkdir f; echo 2 > f/a');
    expect(await filesOf((await step(workspace)).commit)).toEqual(['d', 'f/a']);
  });

  test('as sockets and pipes is named', async () => {
    const workspace = await open(lane);
    await shell(workspace, 'mkfifo pipe; echo 1 > a');
    expect((await step(workspace)).words).toContain('pipe');
  });

  test('in a submodule stays beside the commit, and the submodule what it was', async () => {
    const of = await inRepository('rev-parse', 'HEAD');
    await inRepository('update-index', '--add', '--cacheinfo', `160000,${of},lib`);
    await inRepository('commit', '-qm', 'with a submodule');
    const workspace = await open(lane);
    await shell(workspace, 'git init -q lib; echo 1 > lib/a; echo 2 > b');
    const { commit, words } = await step(workspace);
    expect(await inRepository('ls-tree', commit, 'lib')).toContain('160000 commit');
    expect(await filesOf(commit)).toContain('b');
    expect(words).toContain('lib/a');
  });
});

describe('git configuration that a tool writes runs nothing,', () => {
  const trap = (name: string) => `touch ${join(folder, `sprung-${name}`)}`;
  const sprung = async () => (await readdir(folder)).filter((name) => name.startsWith('sprung'));
  /** All that git runs by configuration, in the given git directory. */
  const setTraps = (dir: string) => `
    dir=$(cd ${dir}; pwd); set_to() { git config --file "$dir/config" "$1" "$2"; }
    set_to filter.x.clean '${trap('clean')}; cat'; set_to filter.x.smudge '${trap('smudge')}; cat'; set_to filter.x.process '${trap('process')}'
    set_to filter.x.required true; set_to diff.x.textconv '${trap('textconv')}; cat'; set_to diff.x.command '${trap('diff')}'
    set_to diff.external '${trap('external')}'; set_to core.fsmonitor '${trap('fsmonitor')}'; set_to core.editor '${trap('editor')}'
    set_to core.hooksPath "$dir/traps"; set_to gpg.program '${trap('gpg')}'; set_to commit.gpgSign true
    set_to core.sshCommand '${trap('ssh')}'; set_to core.pager '${trap('pager')}'; set_to core.worktree /; set_to core.bare true
    set_to alias.ls-files '!${trap('alias')}'; set_to credential.helper '!${trap('credential')}'; set_to core.alternateRefsCommand '${trap('alternates')}'
    set_to include.path "$dir/included"; set_to extensions.worktreeConfig true; cp "$dir/config" "$dir/config.worktree"; cp "$dir/config" "$dir/included"
    mkdir -p "$dir/info" "$dir/hooks" "$dir/traps"; echo '* filter=x diff=x' > "$dir/info/attributes"
    for hook in post-checkout pre-commit post-commit reference-transaction post-index-change update; do
      printf '#!/bin/sh\n${trap('hook')}\n' | tee "$dir/hooks/$hook" > "$dir/traps/$hook"; chmod +x "$dir"/{hooks,traps}/$hook
    done`;

  test.each([
    ['in its own repository', '.git'],
    ['in that of all sessions', '../../../repository/.git'],
  ])('%s: neither in its own session nor in another', async (_, dir) => {
    const workspace = await open(lane);
    await shell(workspace, `echo 1 > a; echo '* filter=x diff=x' > .gitattributes; ${setTraps(dir)}`);
    const { commit } = await step(workspace);
    const id = randomUUID();
    await lanes.holdCommit(lane, commit);
    await lanes.announce(lane, id);
    ends.set(id, { base: workspace.commit, commit });
    await lanes.settle(lane, id);
    for (const each of [lane, { ...lane, session: 's2' }]) {
      const next = await open(each);
      await writeFile(join(next.path, 'a'), '2');
      const { commit: last } = await step(next);
      await next.diffSince(next.commit, new Writable({ write: (_chunk, _encoding, done) => done() }), 1_000);
      expect(
        await shell(next, 'git log --oneline; git status --porcelain; git config --list --local'),
      ).not.toContain('filter.x');
      expect(await readFile(join((await goOnAt(last, {})).path, 'a'), 'utf8')).toBe('2');
    }
    expect(await sprung()).toEqual([]);
  });
});
