import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { get } from '../../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';
import { insertRun } from '../support/agents.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const plan = [
  { id: 'draft', server: 'notes', tool: 'write' },
  { id: 'approve', ask: 'Shall it go out?' },
  { id: 'publish', server: 'notes', tool: 'publish' },
];
const states = async (id: string) => {
  const { plan } = (await get(api, `/api/agent-runs/${id}`)).json() as { plan: { state: string }[] };
  return plan.map(({ state }) => state);
};

test('a plan says what is done, what is now and what comes next', async () => {
  const id = await insertRun(api.pool, plan);
  expect((await get(api, `/api/agent-runs/${id}`)).json()).toMatchObject({
    plan: [
      { id: 'draft', kind: 'call', what: 'notes/write', state: 'next' },
      { id: 'approve', kind: 'question', what: 'Shall it go out?', state: 'next' },
      { id: 'publish' },
    ],
  });
  await api.pool.query(
    `UPDATE ops.runs SET status = 'running', run_id = $1, attempt = 1, claimed_at = now(), progress = '{"done": ["draft"]}' WHERE id = $1`,
    [id],
  );
  expect(await states(id)).toEqual(['done', 'current', 'next']);
  await api.pool.query(
    `UPDATE ops.runs SET status = 'failed', error_code = 'TOOL_FAILED', finished_at = now() WHERE id = $1`,
    [id],
  );
  expect(await states(id)).toEqual(['done', 'failed', 'next']);
});

test('a plan that is none has no steps', async () => {
  const { rows } = await api.pool.query<{ id: string }>(
    `INSERT INTO ops.runs (session_id, plan) VALUES ('s', '{"steps": 1}') RETURNING id`,
  );
  expect(await states(String(rows[0]?.id))).toEqual([]);
});

test('a session has its lanes side by side, each with its runs, newest first', async () => {
  const first = await insertRun(api.pool, [], { session: 'one' });
  const second = await insertRun(api.pool, [], { session: 'one' });
  const other = await insertRun(api.pool, [], { session: 'one', lane: 'C' });
  await insertRun(api.pool, [], { session: 'two' });
  expect((await get(api, '/api/agent-sessions/one')).json()).toMatchObject({
    session: 'one',
    lanes: [
      { lane: 'A', runs: [{ id: second }, { id: first }] },
      { lane: 'C', runs: [{ id: other }] },
    ],
  });
  expect((await get(api, '/api/agent-sessions')).json()).toMatchObject({
    sessions: [
      { session: 'two', runs: 1 },
      { session: 'one', runs: 3, atWork: 3, waitingForAnswer: 0, failed: 0 },
    ],
  });
  expect((await get(api, '/api/agent-sessions/three')).json()).toMatchObject({ code: 'NO_SUCH_SESSION' });
});

test('the diff of the last attempt is text, whatever the run calls it', async () => {
  const id = await insertRun(api.pool, []);
  expect((await get(api, `/api/agent-runs/${id}/diff`)).json()).toMatchObject({
    status: 404,
    code: 'NO_DIFF',
  });
  const folder = join(api.resultRoot, 'agent-runs', id, '0');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'diff.patch'), '<script>\n');
  const answer = await get(api, `/api/agent-runs/${id}/diff`);
  expect(answer).toMatchObject({
    text: '<script>\n',
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  });
});
