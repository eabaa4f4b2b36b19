import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobOutcome } from 'pg-switchyard';
import { list } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../../test/support/processes.ts';
import { until } from '../../../test/support/until.ts';
import {
  addSubmodule,
  type BuildPipeline,
  commit,
  createBuildPipeline,
  git,
  insertTask,
  makeRepository,
  readTask,
} from './support/builds.ts';

let pipeline: BuildPipeline;
let made = 0;
beforeAll(async () => {
  process.env['GIT_AUTHOR_NAME'] = 'nobody';
  pipeline = await createBuildPipeline();
  await pipeline.startWorker({ BUILD_COMMAND_OVERRIDE: 'on', BUILD_LOG_BYTES: '1000', BUILD_MEMORY: '300' });
});
afterAll(async () => {
  delete process.env['GIT_AUTHOR_NAME'];
  await pipeline.close();
});

const site = 'mkdir dist && echo "$BUILD_BRANCH" > dist/index.html && echo built';

/** A repository that builds by this script. */
async function repository(script = site): Promise<string> {
  made += 1;
  const folder = join(pipeline.folder, 'repositories', `r${made}`);
  await makeRepository(folder, { 'build.sh': script });
  return folder;
}

const insert = (fields: Record<string, unknown>) => insertTask(pipeline.pool, 'builds', fields);
const ended = (id: string) => pipeline.untilStatus('builds', id, 'succeeded', 'failed', 'canceled');
const folderOf = (id: string) => join(pipeline.folder, 'builds', id);
const logOf = (id: string) => readFile(join(folderOf(id), 'build.log'), 'utf8');

async function filesIn(artifact: string): Promise<string[]> {
  const names: string[] = [];
  await list({ file: artifact, onReadEntry: (entry) => names.push(entry.path) });
  return names;
}

describe('a build', () => {
  test('fetches the branch, resolves its commit, and keeps log and artifact', async () => {
    const folder = await repository();
    const head = await commit(folder, { other: 'file' });
    const id = await insert({ repository: folder, triggered_by: 'alice' });
    expect(await ended(id)).toMatchObject({
      status: 'succeeded',
      commit_hash: head,
      artifact_path: `${id}/artifact.tar.gz`,
      error: null,
      attempt: 1,
    });
    expect(await filesIn(join(folderOf(id), 'artifact.tar.gz'))).toEqual(['./index.html']);
    expect(await logOf(id)).toContain('built');
    await until(async () => (await readdir(folderOf(id))).sort().join() === 'artifact.tar.gz,build.log');
    expect(await pipeline.audit(id)).toEqual(['BUILD_STARTED', 'BUILD_SUCCEEDED']);
  });

  test('says that it started when its work began: of claimed ones no more were at work than a worker has places', async () => {
    const folder = await repository();
    const ids = await Promise.all(Array.from({ length: 6 }, () => insert({ repository: folder })));
    const rows = await Promise.all(ids.map(ended));
    const times = rows.map(
      ({ started_at, completed_at }) => [Number(started_at), Number(completed_at)] as const,
    );
    const atWork = times.map(([at]) => times.filter(([from, to]) => from <= at && at < to).length);
    expect(Math.max(...atWork)).toBeLessThanOrEqual(2);
  });

  test('shows its stages in Temporal: the one that it is in, and at its end how long each took', async () => {
    const mayEnd = join(pipeline.folder, `may-end-${made}`);
    const wait = `until [ -e ${mayEnd} ]; do sleep 0.1; done; mkdir dist; touch dist/x`;
    const id = await insert({ repository: await repository(wait) });
    await pipeline.untilStatus('builds', id, 'ongoing');
    const workflow = pipeline.client.workflow.getHandle(`builds:${id}`);
    await until(async () => {
      const { raw } = await workflow.describe();
      const [details] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
      return Buffer.from(details?.data ?? []).includes('"stage":"build"');
    });
    await writeFile(mayEnd, '');
    await ended(id);
    const { stages } = (await workflow.result()) as JobOutcome;
    expect(Object.keys(stages ?? {})).toEqual(['fetch', 'build', 'pack']);
    expect(Math.min(...Object.values(stages ?? {}))).toBeGreaterThanOrEqual(0);
    expect(stages?.['build']).toBeGreaterThan(100);
  });

  test('of the same commit gives the same artifact', async () => {
    const folder = await repository();
    const ids = [await insert({ repository: folder }), await insert({ repository: folder })];
    const [one, other] = [await ended(ids[0] ?? ''), await ended(ids[1] ?? '')];
    expect(one.artifact_sha256).toBe(other.artifact_sha256);
  });

  test('of a commit that the row names builds that one', async () => {
    const folder = await repository('mkdir dist && cp version dist/');
    const first = await commit(folder, { version: 'one' });
    await commit(folder, { version: 'two' });
    const id = await insert({ repository: folder, commit_hash: first });
    expect(await ended(id)).toMatchObject({ status: 'succeeded', commit_hash: first });
  });

  test('that fails says how, and keeps its log', async () => {
    const id = await insert({ repository: await repository('echo begun; echo "no compiler" >&2; exit 7') });
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error_code: 'BUILD_FAILED',
      error: 'the build command: sh ended with exit code 7: no compiler',
      artifact_path: null,
    });
    expect(await logOf(id)).toMatch(/begun\n.*no compiler/s);
    expect(await readdir(folderOf(id))).toEqual(['build.log']);
    expect(await pipeline.audit(id)).toEqual(['BUILD_STARTED', 'BUILD_FAILED']);
  });

  test('that was set back builds the commit that it resolved first', async () => {
    const folder = await repository('exit 1');
    const id = await insert({ repository: folder });
    const { commit_hash: first } = await ended(id);
    await commit(folder, { 'build.sh': site });
    await pipeline.pool.query(`UPDATE builds SET status = 'pending' WHERE id = $1`, [id]);
    await pipeline.untilStatus('builds', id, 'ongoing');
    expect(await ended(id)).toMatchObject({ status: 'failed', commit_hash: first, attempt: 2 });
    await pipeline.pool.query(`UPDATE builds SET status = 'pending', commit_hash = NULL WHERE id = $1`, [id]);
    await pipeline.untilStatus('builds', id, 'ongoing');
    expect(await ended(id)).toMatchObject({ status: 'succeeded', attempt: 3 });
    expect(await pipeline.audit(id)).toContain('BUILD_RETRIED');
  });

  test('that talks without end has a log of the size that is allowed', async () => {
    const id = await insert({ repository: await repository(`${site}; yes | head -c 100000`) });
    expect(await ended(id)).toMatchObject({ status: 'succeeded' });
    // Git's words and the command's together.
    expect(await logOf(id)).toMatch(
      /^--- attempt 1 ---\nFrom [\s\S]{995}\n\[cut: the output is larger than 1000 bytes\]\n$/,
    );
  });

  test('sees no setting of the worker, and no variable of git', async () => {
    const id = await insert({ repository: await repository('mkdir dist && env > dist/env && env') });
    expect(await ended(id)).toMatchObject({ status: 'succeeded' });
    const names = [...(await logOf(id)).matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(names).toContain('BUILD_COMMIT');
    expect(names.filter((name) => /^(DATABASE|TEMPORAL|GIT|WORKER|PG)/.test(name ?? ''))).toEqual([]);
  });

  test('that is canceled ends with all its processes', async () => {
    const id = await insert({
      repository: await repository('sleep 3600 & echo "child $!"; wait'),
    });
    await pipeline.untilStatus('builds', id, 'ongoing');
    const pid = await until(async () => /child (\d+)/.exec(await logOf(id).catch(() => ''))?.[1]);
    await pipeline.pool.query('UPDATE builds SET cancel_requested_at = now() WHERE id = $1', [id]);
    expect(await ended(id)).toMatchObject({ status: 'canceled', error: null });
    expect(await isAlive(Number(pid))).toBe(false);
    expect(await pipeline.audit(id)).toEqual(['BUILD_STARTED', 'BUILD_CANCELED']);
  });

  test('that holds more memory than it may is ended', async () => {
    const script = `exec node -e 'globalThis.kept = Buffer.alloc(600 * 1024 * 1024, 1); setInterval(() => 0, 9)'`;
    const id = await insert({ repository: await repository(script) });
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error: 'the build command: sh took more than 300 MiB of memory',
    });
  });

  test('may bring a command of its own where that is allowed', async () => {
    const id = await insert({
      repository: await repository('exit 1'),
      build_command: 'mkdir dist && echo own > dist/own',
    });
    expect(await ended(id)).toMatchObject({ status: 'succeeded' });
  });
});

describe('a build is refused, and tried no more, when', () => {
  test.each([
    ['its branch is not there', { branch: 'nowhere' }, 'CLONE_FAILED', "couldn't find remote ref"],
    ['its branch is an option', { branch: '--upload-pack=touch' }, 'BUILD_FAILED', 'it begins with "-"'],
    ['its branch is a refspec', { branch: 'main:refs/heads/x' }, 'BUILD_FAILED', 'it holds ":"'],
    ['its commit is no hash', { commit_hash: 'HEAD~1' }, 'BUILD_FAILED', 'not a whole hash'],
    ['its repository lies elsewhere', { repository: '/etc' }, 'BUILD_FAILED', 'BUILD_LOCAL_ROOTS'],
    [
      'its host is not allowed',
      { repository: 'https://example.org/a.git' },
      'BUILD_FAILED',
      'BUILD_REPOSITORIES',
    ],
    [
      'its transport runs a command',
      { repository: 'ext::sh -c id' },
      'BUILD_FAILED',
      'neither an absolute path',
    ],
  ])('%s', async (_, fields, code, message) => {
    const id = await insert({ repository: await repository(), ...fields });
    const row = await ended(id);
    expect(row).toMatchObject({ status: 'failed', error_code: code, attempt: 1 });
    expect(row.error).toContain(message);
  });

  test('its output is none', async () => {
    const scripts = ['true', 'echo > dist', 'mkdir dist && ln -s /etc/passwd dist/x'];
    const ids = await Promise.all(
      scripts.map(async (script) => insert({ repository: await repository(script) })),
    );
    const rows = await Promise.all(ids.map(ended));
    expect(rows.map(({ error_code, attempt, error }) => [error_code, attempt, error])).toEqual([
      ['BUILD_FAILED', 1, 'the output of the build: the build made no folder dist in the repository'],
      ['BUILD_FAILED', 1, 'the output of the build: dist is not a folder'],
      ['BUILD_FAILED', 1, 'the output of the build: "x" is a symbolic link, which no artifact may hold'],
    ]);
  });
});

describe('the branch of a build', () => {
  test.each(['ümlaut', 'feature/a.b+c', 'deploy-🚀', `quo'te"$(id);&`, '+plus', 'refs/pull/1'])(
    'may be called %s',
    async (branch) => {
      const folder = await repository('mkdir dist && echo "$BUILD_BRANCH" && cp page dist/');
      await git(folder, 'checkout', '--quiet', '-b', branch);
      const head = await commit(folder, { page: 'one' });
      await git(folder, 'checkout', '--quiet', 'main');
      const id = await insert({ repository: folder, branch });
      expect(await ended(id)).toMatchObject({ status: 'succeeded', error: null, commit_hash: head });
      expect(await logOf(id)).toContain(`\n${branch}\n`);
    },
  );

  test('may be a tag, which a branch of the same name goes before, and a whole name of either', async () => {
    const folder = await repository();
    const tagged = await commit(folder, { version: 'one' });
    await git(folder, 'tag', '--annotate', '--message=v1', 'v1');
    await git(folder, 'tag', 'both');
    const head = await commit(folder, { version: 'two' });
    await git(folder, 'branch', 'both');
    const wanted = {
      v1: tagged,
      both: head,
      'refs/tags/both': tagged,
      'refs/heads/both': head,
      [tagged]: tagged,
    };
    for (const [branch, hash] of Object.entries(wanted)) {
      const row = await ended(await insert({ repository: folder, branch }));
      expect([branch, row.commit_hash, row.error]).toEqual([branch, hash, null]);
    }
  });
});

test.each([
  'https://user:secret@example.org/a.git',
  'https://token@example.org/a',
  'ssh://git:secret@example.org/a',
  'https://example.org/a.git?private_token=secret',
])('an address with a secret is refused at its insert: %s', async (address) => {
  await expect(insert({ repository: address })).rejects.toThrow('must not hold a user or password');
});

test('a repository’s hooks and submodules are not run', async () => {
  const folder = await repository();
  await commit(folder, {
    '.gitmodules': '[submodule "x"]\n  path = x\n  url = ext::sh -c "touch /tmp/switchyard-was-here"\n',
  });
  const id = await insert({ repository: folder });
  expect(await ended(id)).toMatchObject({ status: 'succeeded' });
  expect(await readTask(pipeline.pool, 'builds', id)).toMatchObject({ error: null });
});

test('submodules and files of Git LFS that are not fetched are named by the log, and by the failure', async () => {
  const folder = await repository('exit 1');
  await commit(folder, {
    '.gitattributes': '*.bin filter=lfs\n',
    'model.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
  });
  await addSubmodule(folder, await repository(), 'vendor/x');
  const id = await insert({ repository: folder });
  const missing = [
    'submodules were not fetched, as BUILD_SUBMODULES is off: "vendor/x"',
    'files of Git LFS are pointers, as builds do not fetch their content: "model.bin"',
  ];
  expect(await ended(id)).toMatchObject({
    error: ['the build command: sh ended with exit code 1', ...missing].join('; '),
  });
  for (const sentence of missing) expect(await logOf(id)).toContain(sentence);
});
