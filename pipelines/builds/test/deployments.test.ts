import { mkdir, readdir, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobTransitions } from '../../../src/activities/rows/transitions.ts';
import { inTransaction } from '../../../src/platform/database.ts';
import { hashFile } from '../../../src/platform/files.ts';
import { Interruption } from '../../../src/queues/interruption.ts';
import { createFolderStore } from '../../../src/storage/folder-store.ts';
import { activityEnvironment, applicationFailure } from '../../../test/support/activity.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { until } from '../../../test/support/until.ts';
import { packArtifact } from '../artifacts.ts';
import { createDeploymentActivities } from '../deploy-build.ts';
import {
  type BuildPipeline,
  createBuildPipeline,
  insertTask,
  makeRepository,
  readTask,
} from './support/builds.ts';

let pipeline: BuildPipeline;
beforeAll(async () => {
  pipeline = await createBuildPipeline();
  await pipeline.startWorker({ DEPLOY_KEEP: '3', BUILD_ARTIFACT_BYTES: '100000' });
});
afterAll(() => pipeline.close());

let made = 0;
/** A build that has succeeded, with an artifact of these files. */
async function built(files: Record<string, string>): Promise<string> {
  made += 1;
  const source = join(pipeline.folder, `source-${made}`);
  const path = `made-${made}/artifact.tar.gz`;
  await mkdir(source);
  await mkdir(join(pipeline.env['BUILD_ROOT'] ?? '', dirname(path)), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
  const { bytes, sha256 } = await packArtifact(
    source,
    join(pipeline.env['BUILD_ROOT'] ?? '', path),
    1_000_000,
  );
  return insertTask(pipeline.pool, 'builds', {
    repository: '/r',
    status: 'succeeded',
    artifact_path: path,
    artifact_bytes: bytes,
    artifact_sha256: sha256,
  });
}

/** A build whose artifact was put together by somebody else. */
async function builtBy(make: (folder: string, file: string) => Promise<void>): Promise<string> {
  const id = await built({ a: 'a' });
  const { artifact_path } = await readTask(pipeline.pool, 'builds', id);
  const file = join(pipeline.env['BUILD_ROOT'] ?? '', artifact_path ?? '');
  const folder = join(pipeline.folder, `made-by-${id}`);
  await mkdir(folder);
  await make(folder, file);
  await pipeline.pool.query('UPDATE builds SET artifact_sha256 = $2 WHERE id = $1', [
    id,
    (await hashFile(file)).sha256,
  ]);
  return id;
}

const insert = (build: string, environment: string) =>
  insertTask(pipeline.pool, 'deployments', { build_id: build, environment });
const ended = (id: string) => pipeline.untilStatus('deployments', id, 'succeeded', 'failed', 'canceled');
const placeOf = (environment: string) => join(pipeline.folder, 'deployments', environment);
const live = (environment: string, file: string) =>
  readFile(join(placeOf(environment), 'current', file), 'utf8').catch(() => undefined);

describe('a deployment', () => {
  test('makes the artifact live, and tells where', async () => {
    const build = await built({ 'index.html': 'one' });
    const id = await insert(build, 'staging');
    const row = await ended(id);
    expect(row).toMatchObject({ status: 'succeeded', error: null });
    expect(row.release_path).toMatch(new RegExp(`^staging/releases/build-${build}-[0-9a-f]{12}$`));
    expect(await live('staging', 'index.html')).toBe('one');
    expect(await pipeline.audit(id)).toEqual(['DEPLOYMENT_STARTED', 'DEPLOYMENT_SUCCEEDED']);
  });

  test('keeps the last releases, and goes back to one of them without its artifact', async () => {
    const builds = [];
    for (const text of ['one', 'two', 'three', 'four']) {
      const build = await built({ 'index.html': text });
      builds.push(build);
      expect(await ended(await insert(build, 'rolling'))).toMatchObject({ status: 'succeeded' });
    }
    const kept = async () => (await readdir(join(placeOf('rolling'), 'releases'))).length === 3;
    await until(kept);
    await rm(join(pipeline.env['BUILD_ROOT'] ?? '', `made-${made - 1}`), { recursive: true });
    expect(await ended(await insert(builds[2] ?? '', 'rolling'))).toMatchObject({ status: 'succeeded' });
    expect(await live('rolling', 'index.html')).toBe('three');
    await until(kept);
  });

  test('removes what a try of another one left days ago, whose worker was killed', async () => {
    const build = await built({ 'index.html': 'one' });
    await ended(await insert(build, 'swept'));
    const releases = join(placeOf('swept'), 'releases');
    for (const name of ['.try-1-old', '.try-2-new']) {
      await mkdir(join(releases, name));
      await writeFile(join(releases, name, 'index.html'), 'half');
    }
    const longAgo = new Date(Date.now() - 5 * 24 * 60 * 60 * 1000);
    await utimes(join(releases, '.try-1-old'), longAgo, longAgo);
    await ended(await insert(build, 'swept'));
    await until(async () => !(await readdir(releases)).includes('.try-1-old'));
    expect(await readdir(releases)).toContain('.try-2-new');
    expect(await live('swept', 'index.html')).toBe('one');
  });

  test('of a build that has not ended waits, and goes when it has', async () => {
    const folder = join(pipeline.folder, 'repositories', 'waited-for');
    await makeRepository(folder, { 'build.sh': 'mkdir dist && echo live > dist/index.html' });
    await pipeline.pool.query(`SELECT switchyard.pause_queue('builds', 'test')`);
    const build = await insertTask(pipeline.pool, 'builds', { repository: folder });
    const id = await insert(build, 'waiting');
    // Others go meanwhile.
    expect(await ended(await insert(await built({ a: 'a' }), 'others'))).toMatchObject({
      status: 'succeeded',
    });
    expect(await readTask(pipeline.pool, 'deployments', id)).toMatchObject({
      status: 'pending',
      run_at: 'infinity',
    });
    await pipeline.pool.query(`SELECT switchyard.resume_queue('builds')`);
    expect(await ended(id)).toMatchObject({ status: 'succeeded' });
    expect(await live('waiting', 'index.html')).toBe('live\n');
  });

  test('of a build that failed fails and says so', async () => {
    const folder = join(pipeline.folder, 'repositories', 'failing');
    await makeRepository(folder, { 'build.sh': 'echo "no compiler" >&2; exit 1' });
    const build = await insertTask(pipeline.pool, 'builds', { repository: folder });
    const id = await insert(build, 'failing');
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error_code: 'DEPLOYMENT_FAILED',
      error: `build ${build} has not succeeded: it is failed, the build command: sh ended with exit code 1: no compiler`,
    });
    expect(await pipeline.audit(id)).toEqual(['DEPLOYMENT_STARTED', 'DEPLOYMENT_FAILED']);
    expect(await readdir(placeOf('failing')).catch(() => 'none')).toBe('none');
  });

  test('that fails leaves what is live', async () => {
    await ended(await insert(await built({ a: 'good' }), 'kept'));
    const bad = await builtBy(async (folder, file) => {
      await symlink('/etc', join(folder, 'x'));
      await create({ gzip: true, cwd: folder, file }, ['x']);
    });
    expect(await ended(await insert(bad, 'kept'))).toMatchObject({ status: 'failed' });
    expect(await live('kept', 'a')).toBe('good');
    expect(await readdir(join(placeOf('kept'), 'releases'))).toHaveLength(1);
  });
});

describe('a deployment is refused when', () => {
  const pack =
    (paths: string[], options = {}) =>
    async (folder: string, file: string) => {
      await writeFile(join(folder, 'a'), 'a');
      await writeFile(join(dirname(folder), 'outside'), 'outside');
      await symlink('/etc', join(folder, 'link'));
      await writeFile(join(folder, 'large'), 'x'.repeat(200_000));
      await create({ gzip: true, cwd: folder, file, preservePaths: true, ...options }, paths);
    };

  test.each([
    [
      'its artifact holds a symbolic link',
      pack(['a', 'link']),
      'it holds link, which is neither a file nor a folder',
    ],
    ['its artifact writes through a link', pack(['link', 'link/passwd']), 'it holds link, which is neither'],
    ['its artifact holds a path with ..', pack(['../outside']), 'it holds ../outside, which lies outside'],
    [
      'its artifact holds an absolute path',
      pack(['/etc/hostname']),
      'it holds /etc/hostname, which lies outside',
    ],
    ['its artifact is larger than it may be', pack(['large']), 'it holds more than 100000 bytes'],
    [
      'its artifact is no archive',
      (_: string, file: string) => writeFile(file, 'no archive'),
      'cannot be unpacked',
    ],
  ])('%s', async (_, make, message) => {
    const build = await builtBy(make);
    const row = await ended(await insert(build, 'refusing'));
    expect(row).toMatchObject({ status: 'failed', error_code: 'DEPLOYMENT_FAILED' });
    expect(row.error).toContain(message);
    expect(await live('refusing', 'a')).toBeUndefined();
    expect(await readdir(join(placeOf('refusing'), 'releases'))).toEqual([]);
  });

  test('its artifact is not the one that the build made', async () => {
    const build = await built({ a: 'a' });
    await pipeline.pool.query(`UPDATE builds SET artifact_sha256 = repeat('0', 64) WHERE id = $1`, [build]);
    expect((await ended(await insert(build, 'refusing'))).error).toContain('its hash differs');
  });

  test.each(['../../etc', '.hidden', 'a/b', ''])(
    'its environment is no name of a folder: %j',
    async (environment) => {
      const row = await ended(await insert(await built({ a: 'a' }), environment));
      expect(row).toMatchObject({ status: 'failed', error_code: 'DEPLOYMENT_FAILED' });
      expect(row.error).toContain('the environment must be');
    },
  );
});

/** Jobs whose end is a worker that freezes in it until Postgres has ended its transaction, and `meanwhile` is over. */
const frozenJobs = (fields: Record<string, unknown>, meanwhile: () => Promise<unknown>) =>
  ({
    begin: async () => {
      const row = {
        job_status: 'ongoing',
        job_run_id: 'run-1',
        job_attempt: 1,
        ...fields,
      };
      return { kind: 'mine', row, attempt: 1 };
    },
    complete: (_, publish) =>
      inTransaction(pipeline.pool, async (tx) => {
        const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await pipeline.pool.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
        await meanwhile();
        await publish(tx);
        return true;
      }),
  }) as Partial<JobTransitions> as JobTransitions;

test('a worker that froze before it made its release live leaves what went live since', async () => {
  const [old, next] = [await built({ a: 'old' }), await built({ a: 'next' })];
  const jobs = frozenJobs({ environment: 'frozen', build_id: old }, async () => {
    expect(await ended(await insert(next, 'frozen'))).toMatchObject({ status: 'succeeded' });
  });
  const { deployBuild } = createDeploymentActivities(
    { jobs, pool: pipeline.pool, log: silentLogger },
    {
      root: join(pipeline.folder, 'deployments'),
      artifacts: createFolderStore(join(pipeline.folder, 'builds')),
      storageSystem: { call: (_, work) => work() },
      keep: 3,
      artifactBytes: 1_000,
    },
  );
  const run = { queue: 'deployments', jobId: '1', requestId: null, runIds: ['run-1'] };
  const failure = await applicationFailure(activityEnvironment().run(() => deployBuild(run)));
  expect(failure.type).toBe(Interruption.databaseAway);
  expect(await live('frozen', 'a')).toBe('next');
});

test('current is a relative link among the releases', async () => {
  await ended(await insert(await built({ a: 'a' }), 'linked'));
  expect(await readlink(join(placeOf('linked'), 'current'))).toMatch(/^releases\/build-/);
  expect(await readdir(placeOf('linked'))).toEqual(['current', 'releases']);
});
