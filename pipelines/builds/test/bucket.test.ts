import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStorage } from '../../../src/storage/storage.ts';
import { s3Server, startTestS3, type TestS3 } from '../../../test/support/s3.ts';
import { buildPlace } from '../places.ts';
import { type BuildPipeline, createBuildPipeline, insertTask, makeRepository } from './support/builds.ts';

describe.skipIf(s3Server?.missing !== undefined)(`artifacts and logs in a bucket${s3Server?.note}`, () => {
  let s3: TestS3;
  let pipeline: BuildPipeline;
  beforeAll(async () => {
    s3 = await startTestS3(s3Server?.kind ?? 'moto');
    pipeline = await createBuildPipeline();
    await pipeline.startWorker({ ...s3.env, S3_PREFIX: 'team/' });
  });
  afterAll(async () => {
    await pipeline.close();
    await s3.stop();
  });

  test('are there for a deployment, and for who reads them, once the folder of the build is gone', async () => {
    const repository = join(pipeline.folder, 'repositories', 'site');
    await makeRepository(repository, { 'build.sh': 'mkdir dist && echo built > dist/index && echo hello' });
    const id = await insertTask(pipeline.pool, 'builds', { repository });
    const build = await pipeline.untilStatus('builds', id, 'succeeded', 'failed');
    expect(build).toMatchObject({
      status: 'succeeded',
      artifact_path: `${id}/artifact.tar.gz/${build.artifact_sha256}`,
    });
    const buildRoot = pipeline.env['BUILD_ROOT'] ?? '';
    await rm(buildRoot, { recursive: true });

    const deployment = await insertTask(pipeline.pool, 'deployments', { build_id: id, environment: 'live' });
    const { status, error } = await pipeline.untilStatus('deployments', deployment, 'succeeded', 'failed');
    expect({ status, error }).toEqual({ status: 'succeeded', error: null });
    expect(await readFile(join(pipeline.folder, 'deployments', 'live', 'current', 'index'), 'utf8')).toBe(
      'built\n',
    );
    const store = createStorage({ ...s3.settings, s3Prefix: 'team/' }).at(buildPlace({ buildRoot }));
    expect(await text(await (await store.open(`${id}/build.log`)).stream())).toMatch(/^hello$/m);
  });
});
