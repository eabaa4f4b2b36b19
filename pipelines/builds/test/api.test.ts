import { afterEach, beforeEach, expect, test } from 'vitest';
import { get, sendJson } from '../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../test/support/server-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const post = (path: string, body: unknown) => sendJson(api, 'POST', path, body, { 'x-request-id': 'req-1' });

test('a build and its deployment are made by one row each, and found again', async () => {
  const build = await post('/api/builds', { repository: 'https://example.org/site.git', branch: 'next' });
  expect(build.status).toBe(202);
  expect(build.json()).toMatchObject({
    status: 'pending',
    repository: 'https://example.org/site.git',
    branch: 'next',
    commit: null,
    triggeredBy: 'api req-1',
    error: null,
  });
  const buildId = String(build.json()['id']);
  const deployment = await post('/api/deployments', { buildId, environment: 'staging' });
  expect(deployment.status).toBe(202);
  expect(deployment.json()).toMatchObject({ status: 'pending', buildId, environment: 'staging' });
  for (const made of [build, deployment])
    expect((await get(api, String(made.headers['location']))).json()).toEqual(made.json());
  const { rows } = await api.pool.query(
    `SELECT repository, builds.request_id, run_at IS NULL AS goes FROM builds`,
  );
  expect(rows).toEqual([{ repository: 'https://example.org/site.git', request_id: 'req-1', goes: true }]);
});

test.each([
  'https://user:hunter2hunter2@example.org/a',
  'https://hunter2hunter2@example.org/a',
  'ssh://git:hunter2hunter2@example.org/a',
  'https://example.org/a.git?token=hunter2hunter2',
  'https://example.org/a.git#hunter2hunter2',
])('an address that may hold a secret is refused, and not repeated: %s', async (repository) => {
  const answer = await post('/api/builds', { repository });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({
    code: 'HOLDS_SECRET',
    detail: 'the address of a repository must not hold a user or password, nor "?" or "#"',
  });
  expect(answer.text + JSON.stringify(api.lines)).not.toContain('hunter2');
  expect((await api.pool.query('SELECT FROM builds')).rowCount).toBe(0);
});

test('a refusal by a check of the table names the check', async () => {
  await api.pool.query(
    `ALTER TABLE builds ADD CONSTRAINT builds_of_ours CHECK (repository LIKE 'https://ours.example/%')`,
  );
  const answer = await post('/api/builds', { repository: 'https://theirs.example/a.git' });
  expect(answer.status).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'REFUSED_BY_TABLE', constraint: 'builds_of_ours' });
  expect(answer.json()['detail']).toContain('violates check constraint "builds_of_ours"');
});

test.each([
  ['/api/deployments', { buildId: '7', environment: 'staging' }, 404, 'NO_SUCH_BUILD'],
  ['/api/deployments', { buildId: '7', environment: '../etc' }, 400, 'BAD_FIELD'],
  ['/api/deployments', { buildId: 'seven', environment: 'staging' }, 400, 'BAD_FIELD'],
  ['/api/builds', { branch: 'main' }, 400, 'BAD_FIELD'],
  ['/api/builds', { repository: '/r', commit: 'HEAD' }, 400, 'BAD_FIELD'],
  ['/api/builds', { repository: '/r', buildCommand: 'id' }, 400, 'UNKNOWN_FIELD'],
])('what makes no task is refused: %s %j', async (path, body, status, code) => {
  const answer = await post(path, body);
  expect(answer.status).toBe(status);
  expect(answer.json()).toMatchObject({ code });
});
