import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type BuildPipeline,
  commit,
  createBuildPipeline,
  insertTask,
  makeRepository,
} from './support/builds.ts';
import { type GitServer, gitServers, startGitServer } from './support/git-server.ts';

const secret = 'a-password-of-the-worker';
let pipeline: BuildPipeline;
let server: GitServer;
let stranger: GitServer;
let repository: string;
let head: string;

/** The worker's account has passwords and keys at home, and git is told of them; its builds are not. */
async function makeHome(folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, '.netrc'), `machine 127.0.0.1 login worker password ${secret}\n`);
  await writeFile(join(folder, '.git-credentials'), `${server.url.replace('//', `//worker:${secret}@`)}\n`);
  await writeFile(
    join(folder, '.gitconfig'),
    '[credential]\n\thelper = store\n[http]\n\tsslVerify = false\n',
  );
}

/** A program in place of `ssh`: it notes its arguments, and runs here what it is to run there. */
async function makeSsh(folder: string): Promise<void> {
  await mkdir(folder);
  const script = `#!/bin/sh\nfor last; do echo "$last"; done > "${folder}/arguments"\nexec sh -c "$last"\n`;
  await writeFile(join(folder, 'ssh'), script);
  await chmod(join(folder, 'ssh'), 0o755);
}

describe.runIf(gitServers.available)(`a repository at an address${gitServers.note}`, () => {
  beforeAll(async () => {
    pipeline = await createBuildPipeline();
    repository = join(pipeline.folder, 'repositories', 'site');
    await makeRepository(repository, { 'build.sh': 'mkdir dist && cp page dist/' });
    head = await commit(repository, { page: 'one' });
    server = await startGitServer(join(pipeline.folder, 'repositories'), 'known');
    stranger = await startGitServer(join(pipeline.folder, 'repositories'), 'stranger');
    await makeHome(join(pipeline.folder, 'home'));
    await makeSsh(join(pipeline.folder, 'bin'));
    vi.stubEnv('HOME', join(pipeline.folder, 'home'));
    vi.stubEnv('PATH', `${join(pipeline.folder, 'bin')}:${process.env['PATH']}`);
    vi.stubEnv('GIT_SSL_CAINFO', server.authority);
    await pipeline.startWorker({
      BUILD_REPOSITORIES: `${server.url},${stranger.url},ssh://git.example.org`,
      COMMAND_ENVIRONMENT: 'PATH,GIT_SSL_CAINFO',
    });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await pipeline.close();
    await server.close();
    await stranger.close();
  });

  const build = async (address: string) => {
    const id = await insertTask(pipeline.pool, 'builds', { repository: address });
    return pipeline.untilStatus('builds', id, 'succeeded', 'failed');
  };

  test('is built from https, by the authority that the environment names', async () => {
    expect(await build(`${server.url}/site/.git`)).toMatchObject({ status: 'succeeded', commit_hash: head });
  });

  test('is not built from a server that shows a certificate of nobody’s', async () => {
    expect(await build(`${stranger.url}/site/.git`)).toMatchObject({
      error_code: 'CLONE_FAILED',
      error: expect.stringMatching(/certificate.*\(given up after 3 tries\)/s),
    });
    expect(stranger.requests).toEqual([]);
  });

  test('is not built from where a redirect leads', async () => {
    expect(await build(`${server.url}/moved/site/.git`)).toMatchObject({ error_code: 'CLONE_FAILED' });
    expect(server.requests.at(-1)?.path).toContain('/moved/');
  });

  test('that wants a password gets none, whatever passwords the worker’s account has', async () => {
    const { error_code, error } = await build(`${server.url}/private/site/.git`);
    expect({ error_code, error }).toMatchObject({
      error_code: 'CLONE_FAILED',
      error: expect.stringContaining('Authentication failed'),
    });
    expect(server.requests.some(({ path }) => path.startsWith('/private/'))).toBe(true);
    expect(JSON.stringify([server.requests, error, pipeline.lines])).not.toContain(secret);
    expect(server.requests.map(({ authorization }) => authorization)).not.toContainEqual(
      expect.stringContaining(Buffer.from(`worker:${secret}`).toString('base64')),
    );
  });

  test('is built over ssh, which asks nobody and trusts no host that it does not know', async () => {
    expect(await build(`ssh://git@git.example.org:2222${repository}`)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('ssh://git.example.org:2222 is not among the addresses'),
    });
    expect(await build(`ssh://git@git.example.org${repository}`)).toMatchObject({
      status: 'succeeded',
      commit_hash: head,
    });
    const [batch, strict, ...rest] = (
      await readFile(join(pipeline.folder, 'bin', 'arguments'), 'utf8')
    ).split('\n');
    expect([batch, strict]).toEqual(['-oBatchMode=yes', '-oStrictHostKeyChecking=yes']);
    expect(rest).toEqual(expect.arrayContaining(['git@git.example.org', `git-upload-pack '${repository}'`]));
  });
});
