import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { get } from '../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../test/support/server-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

/** As the worker leaves it. */
async function insertBuild(status: 'ongoing' | 'succeeded' = 'succeeded', branch = 'main'): Promise<string> {
  const { rows } = await api.pool.query<{ id: string }>(
    `INSERT INTO builds (repository, branch, status, run_id, attempt, started_at, artifact_path, commit_hash)
     VALUES ('/srv/site', $2, $1, 'run', 1, now(), $3, 'abc') RETURNING id`,
    [status, branch, status === 'succeeded' ? 'x/artifact.tar.gz' : null],
  );
  return String(rows[0]?.id);
}
const deploy = (buildId: string, environment: string, status = 'succeeded') =>
  api.pool.query(
    `INSERT INTO deployments (build_id, environment, status, completed_at)
     VALUES ($1, $2, $3, CASE WHEN $3 = 'succeeded' THEN clock_timestamp() END)`,
    [buildId, environment, status],
  );

test('the log of a build is sent as it grows, and ends with the build', async () => {
  const id = await insertBuild('ongoing');
  expect((await get(api, `/api/builds/${id}/log`)).json()).toMatchObject({ status: 404, code: 'NO_LOG' });
  const folder = join(api.buildRoot, id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'build.log'), 'fetched\n');
  const response = await fetch(`${api.url}/api/builds/${id}/log`);
  const lines = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect(await lines?.read()).toEqual({ done: false, value: 'fetched\n' });
  await appendFile(join(folder, 'build.log'), 'built\n');
  expect(await lines?.read()).toEqual({ done: false, value: 'built\n' });
  await api.pool.query(`UPDATE builds SET status = 'succeeded' WHERE id = $1`, [id]);
  expect(await lines?.read()).toMatchObject({ done: true });
});

test('an environment says what is live, and which builds were before, each once', async () => {
  const [first, second] = [await insertBuild(), await insertBuild('succeeded', 'next')];
  for (const build of [first, second, first]) await deploy(build, 'production');
  await deploy(second, 'staging', 'failed');
  await deploy(second, 'test', 'pending');
  expect((await get(api, '/api/environments')).json()).toMatchObject({
    environments: [
      {
        name: 'production',
        live: { buildId: first, branch: 'main', commit: 'abc', deployable: true },
        before: [{ buildId: second, branch: 'next', deployable: true }],
        underWay: [],
      },
      { name: 'test', live: null, before: [], underWay: [{ buildId: second, status: 'pending' }] },
    ],
  });
});

test('what is live and has lost its artifact cannot be deployed again', async () => {
  const build = await insertBuild();
  await deploy(build, 'production');
  await api.pool.query('UPDATE builds SET artifact_path = NULL WHERE id = $1', [build]);
  expect((await get(api, '/api/environments')).json()).toMatchObject({
    environments: [{ live: { buildId: build, deployable: false } }],
  });
});
