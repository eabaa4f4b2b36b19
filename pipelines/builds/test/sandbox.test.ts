import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunningWorker } from '../../../test/support/running-worker.ts';
import { pathWithBwrap, sandboxEnvironment, testSandbox } from '../../../test/support/sandbox.ts';
import { type BuildPipeline, createBuildPipeline, insertTask, makeRepository } from './support/builds.ts';
import { type GitServer, gitServers, startGitServer } from './support/git-server.ts';

const { sandbox, note } = testSandbox;
let pipeline: BuildPipeline;
let worker: RunningWorker;

/** Looks for what is not its own, and tells it in its artifact; succeeds whatever it finds. */
const thief = `
mkdir dist
cat "$HOME"/../../../*/build.log > dist/logs
cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep '^SECRET_OF' > dist/environment
echo planted > "$HOME/../../../planted"
ls / > dist/root; git --version > dist/git
:`;

describe.runIf(sandbox)(`builds in the sandbox${note}`, () => {
  beforeAll(async () => {
    vi.stubEnv('PATH', pathWithBwrap());
    pipeline = await createBuildPipeline();
    await makeRepository(join(pipeline.folder, 'repositories', 'thief'), {
      'build.sh': `${thief}\ncat dist/*`,
    });
    await makeRepository(join(pipeline.folder, 'repositories', 'honest'), {
      'build.sh': 'echo a word of another build; mkdir dist; touch dist/a',
    });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await pipeline.close();
  });

  const restart = async (env: Record<string, string>) => {
    await worker?.stop();
    worker = await pipeline.startWorker(env);
  };
  const build = async (repository: string) => {
    const id = await insertTask(pipeline.pool, 'builds', { repository });
    const row = await pipeline.untilStatus('builds', id, 'succeeded', 'failed');
    const log = await readFile(join(pipeline.folder, 'builds', id, 'build.log'), 'utf8');
    return { ...row, log };
  };
  const at = (name: string) => join(pipeline.folder, 'repositories', name);
  const planted = () => readFile(join(pipeline.folder, 'builds', 'planted'), 'utf8').catch(() => 'nothing');

  test('have nothing of other builds and of the worker, which they would have without', async () => {
    const secret = `SECRET_OF_${process.pid}`;
    // The environment of a process is what it was started with: another of the same account stands for the worker.
    const beside = spawn('sleep', ['3600'], { env: { [secret]: 'x' } });
    try {
      await restart({ COMMAND_SANDBOX: 'off' });
      expect(await build(at('honest'))).toMatchObject({ status: 'succeeded' });
      const without = await build(at('thief'));
      expect(without.log).toContain('a word of another build');
      expect(without.log).toContain(secret);
      expect(await planted()).toBe('planted\n');
      await writeFile(join(pipeline.folder, 'builds', 'planted'), 'not yet');

      await restart(sandboxEnvironment());
      const within = await build(at('thief'));
      expect(within.status).toBe('succeeded');
      expect(within.log).not.toContain('a word of another build');
      expect(within.log).not.toContain(secret);
      expect(await planted()).toBe('not yet');
    } finally {
      beside.kill('SIGKILL');
    }
  });

  describe.runIf(gitServers.available)(`of a repository at an address${gitServers.note}`, () => {
    let server: GitServer;
    beforeAll(async () => {
      server = await startGitServer(join(pipeline.folder, 'repositories'), 'known');
      vi.stubEnv('GIT_SSL_CAINFO', server.authority);
      await makeRepository(at('calling'), {
        'build.sh': `mkdir dist; git ls-remote ${server.url}/calling/.git > dist/refs || echo "could not call" > dist/refs; cat dist/refs`,
      });
    });
    afterAll(() => server.close());
    const env = () => ({
      ...sandboxEnvironment(server.authority),
      BUILD_REPOSITORIES: server.url,
      COMMAND_ENVIRONMENT: 'PATH,GIT_SSL_CAINFO',
    });
    const place = () => new URL(server.url).host;

    test('are fetched from its host, which their commands do not reach', async () => {
      await restart(env());
      const row = await build(`${server.url}/calling/.git`);
      expect(row).toMatchObject({ status: 'succeeded', log: expect.stringContaining('could not call') });
    });

    test('reach by their commands what BUILD_EGRESS names', async () => {
      // The server listens on loopback, for which programs ask no proxy by themselves: the sandbox has a loopback of its own.
      await restart({ ...env(), BUILD_EGRESS: place() });
      await makeRepository(at('calling2'), {
        'build.sh': `mkdir dist; NO_PROXY= no_proxy= git ls-remote ${server.url}/calling/.git > dist/refs; cat dist/refs`,
      });
      const row = await build(`${server.url}/calling2/.git`);
      expect(row).toMatchObject({ status: 'succeeded', log: expect.stringContaining('refs/heads/main') });
    });
  });
});
