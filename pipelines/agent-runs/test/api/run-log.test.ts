import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { get } from '../../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';
import { until } from '../../../../test/support/until.ts';
import { insertRun } from '../support/agents.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

/** A run that a worker has at hand, with its log. */
async function runAtWork(): Promise<{ id: string; log: string; path: string }> {
  const id = await insertRun(api.pool, []);
  await api.pool.query(
    `UPDATE ops.runs SET status = 'running', run_id = $1, attempt = 1, claimed_at = now() WHERE id = $1`,
    [id],
  );
  const folder = join(api.resultRoot, 'agent-runs', id, '1');
  await mkdir(folder, { recursive: true });
  const log = join(folder, 'log.txt');
  await writeFile(log, 'begun\n');
  return { id, log, path: `/api/agent-runs/${id}/log` };
}
const reader = async (path: string) => {
  const response = await fetch(`${api.url}${path}`);
  expect(response.status).toBe(200);
  return response.body?.pipeThrough(new TextDecoderStream()).getReader();
};

test('a log is sent as it grows, and ends with the run', async () => {
  const { id, log, path } = await runAtWork();
  const lines = await reader(path);
  expect(await lines?.read()).toEqual({ done: false, value: 'begun\n' });
  await appendFile(log, 'first\n');
  expect(await lines?.read()).toEqual({ done: false, value: 'first\n' });
  await appendFile(log, 'last\n');
  await api.pool.query(`UPDATE ops.runs SET status = 'succeeded', finished_at = now() WHERE id = $1`, [id]);
  expect(await lines?.read()).toEqual({ done: false, value: 'last\n' });
  expect(await lines?.read()).toMatchObject({ done: true });
});

test('a client that follows a log does not hold up the shutdown of the API', async () => {
  const { path } = await runAtWork();
  const lines = await reader(path);
  await lines?.read();
  const ended = api.stopListening();
  expect(await lines?.read()).toMatchObject({ done: true });
  await ended;
});

test('fifty logs are followed at once, and one more when one of them is left', async () => {
  const { path } = await runAtWork();
  const followers = await Promise.all(Array.from({ length: 50 }, () => reader(path)));
  expect((await get(api, path)).json()).toMatchObject({ status: 503, code: 'TOO_MANY_FOLLOWERS' });
  await followers[0]?.cancel();
  const next = await until(async () => {
    const response = await fetch(`${api.url}${path}`);
    if (response.ok) return response;
    await response.body?.cancel();
    return undefined;
  });
  await next.body?.cancel();
});

test('there is none before the run begins, and none outside of the result root', async () => {
  const id = await insertRun(api.pool, []);
  const waits = await get(api, `/api/agent-runs/${id}/log`);
  expect(waits.json()).toMatchObject({ status: 404, code: 'NO_LOG' });
  await mkdir(join(api.resultRoot, 'agent-runs', id, '0'), { recursive: true });
  await symlink('/etc/hostname', join(api.resultRoot, 'agent-runs', id, '0', 'log.txt'));
  expect((await get(api, `/api/agent-runs/${id}/log`)).json()).toMatchObject({ code: 'NO_LOG' });
});
