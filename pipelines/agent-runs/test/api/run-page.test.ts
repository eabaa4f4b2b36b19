import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { get } from '../../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';
import { until } from '../../../../test/support/until.ts';
import { followRun } from '../../api/pages/follow-run.js';
import { insertRun } from '../support/agents.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

/** What a page shows that follows the run with the code of the page, without a browser. */
function look(id: string) {
  const shown = { statuses: [] as string[], log: '', artifacts: [] as string[], problems: [] as string[] };
  const ended = followRun({
    id,
    ask: (path) => fetch(`${api.url}${path}`),
    sleep: () => sleep(20),
    signal: new AbortController().signal,
    view: {
      run: ({ status }) => void (shown.statuses.at(-1) === status || shown.statuses.push(status)),
      logBegins: () => {
        shown.log = '';
      },
      log: (text) => {
        shown.log += text;
      },
      artifacts: (artifacts) => void shown.artifacts.push(...artifacts.map(({ name }) => name)),
      problem: (problem) => void shown.problems.push(problem),
    },
  });
  return { shown, ended };
}

async function folderOf(id: string, attempt: number): Promise<string> {
  const folder = join(api.resultRoot, 'agent-runs', id, String(attempt));
  await mkdir(folder, { recursive: true });
  return folder;
}
const begin = (id: string, attempt: number) =>
  api.pool.query(
    `UPDATE ops.runs SET status = 'running', run_id = $1, attempt = $2, claimed_at = now() WHERE id = $1`,
    [id, attempt],
  );

test('the page shows a run from its wait to its end, its log as it grows, and what it left', async () => {
  const id = await insertRun(api.pool, []);
  const { shown, ended } = look(id);
  await until(async () => shown.statuses.length === 1);

  const folder = await folderOf(id, 1);
  await writeFile(join(folder, 'log.txt'), 'begun\n');
  await begin(id, 1);
  await until(async () => shown.log === 'begun\n');
  await appendFile(join(folder, 'log.txt'), 'at work <b>\n');
  await until(async () => shown.log === 'begun\nat work <b>\n');
  const artifact = { name: 'diff.patch', bytes: 0, sha256: 'a'.repeat(64) };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ artifacts: [artifact] }));
  await api.pool.query(`UPDATE ops.runs SET status = 'succeeded', finished_at = now() WHERE id = $1`, [id]);
  await ended;
  expect(shown).toEqual({
    statuses: ['queued', 'running', 'succeeded'],
    log: 'begun\nat work <b>\n',
    artifacts: ['diff.patch'],
    problems: [],
  });
});

test('a next attempt begins a log of its own', async () => {
  const id = await insertRun(api.pool, []);
  await writeFile(join(await folderOf(id, 1), 'log.txt'), 'first attempt\n');
  await begin(id, 1);
  const { shown, ended } = look(id);
  await until(async () => shown.log === 'first attempt\n');
  await writeFile(join(await folderOf(id, 2), 'log.txt'), 'second attempt\n');
  await begin(id, 2);
  await until(async () => shown.log === 'second attempt\n');
  await api.pool.query(`UPDATE ops.runs SET status = 'canceled', finished_at = now() WHERE id = $1`, [id]);
  await ended;
  expect(shown.statuses).toEqual(['running', 'canceled']);
});

test('what a run said before it asked is there while it waits, and once', async () => {
  const id = await insertRun(api.pool, []);
  await writeFile(join(await folderOf(id, 1), 'log.txt'), 'asks\n');
  await begin(id, 1);
  await api.pool.query(
    `UPDATE ops.runs SET status = 'waiting_input', question = '{"step": "a"}', answer_by = now() + interval '1 hour'
      WHERE id = $1`,
    [id],
  );
  const { shown, ended } = look(id);
  await until(async () => shown.log === 'asks\n');
  await api.pool.query(
    `UPDATE ops.runs SET status = 'failed', error_code = 'IO_ERROR', finished_at = now() WHERE id = $1`,
    [id],
  );
  await ended;
  expect(shown.log).toBe('asks\n');
  expect(shown.statuses).toEqual(['waiting_input', 'failed']);
});

test('a run that is not there is told, and not asked for again', async () => {
  const { shown, ended } = look('5f2f2a3e-0f5e-4f43-8f0c-0e8d6a3b1c11');
  await ended;
  expect(shown.problems).toEqual(['there is no agent run 5f2f2a3e-0f5e-4f43-8f0c-0e8d6a3b1c11']);
});

test('the page loads nothing but its own files, which are all there, and says nothing of the run', async () => {
  const id = await insertRun(api.pool, [], { session: 'secret-session' });
  const page = await get(api, `/agent-runs/${id}`);
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
    ),
  });
  expect(page.text).not.toMatch(/secret-session|<script>|<style|style=|onclick/);
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
  expect(files).toEqual(['/pages/page.css', '/pages/agent-run.js']);
  for (const file of [...files, '/pages/follow-run.js'])
    expect(await get(api, file)).toMatchObject({ status: 200 });
});
