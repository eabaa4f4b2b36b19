import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, sendJson } from '../../../test/support/http.ts';
import type { RunningWorker } from '../../../test/support/running-worker.ts';
import { startTestApi, type TestApi } from '../../../test/support/server-api.ts';
import { untilIdle } from '../../../test/support/temporal.ts';
import { until } from '../../../test/support/until.ts';

import { type Agents, call, createAgents, write } from './support/agents.ts';

const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;
const schema = { properties: { ok: { type: 'boolean' }, words: { type: 'string' } }, required: ['ok'] };
/** Writes, asks, and writes what was answered. */
const plan = [
  write('draft', 'a.txt', 'draft\n'),
  { id: 'approve', ask: 'Shall it go out?', schema },
  write('final', 'b.txt', { $answer: 'approve.words' }),
];

let agents: Agents;
let api: TestApi;
let worker: RunningWorker;
beforeAll(async () => {
  agents = await createAgents({
    env: { WEBHOOK_SECRETS: `default=${secret}`, CONCURRENCY: '1', AGENT_MAX_IN_FLIGHT: '1' },
  });
  worker = await agents.startWorker();
  api = await startTestApi({
    database: { url: agents.env['DATABASE_URL'] ?? '' },
    resultRoot: agents.folder,
  });
}, 60_000);
afterAll(async () => {
  await api.close();
  await agents.close();
});

const asking = async (session: string = randomUUID()) => {
  const id = await agents.insert(plan, { session });
  await agents.untilStatus(id, 'waiting_input');
  await untilIdle(agents.client.workflow.getHandle(id));
  return id;
};
const answerBySql = (id: string, value: unknown, step = 'approve') =>
  agents.pool.query('UPDATE ops.runs SET answer = $2 WHERE id = $1', [id, JSON.stringify({ step, value })]);
const answerByApi = async (id: string, value: unknown, step = 'approve') => {
  const answer = await sendJson(api, 'POST', `/api/agent-runs/${id}/answer`, { step, value });
  return { status: answer.status, body: answer.json() };
};
const answerByUpdate = (id: string, value: unknown, step = 'approve') =>
  agents.client.workflow.getHandle(id).executeUpdate('answer', { args: [{ step, value }] });
const why = async (refused: Promise<unknown>): Promise<string> => {
  const error: unknown = await refused.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof WorkflowUpdateFailedError ? String(error.cause?.message) : String(error);
};
const written = async (id: string) => {
  const { result } = await agents.untilStatus(id, 'succeeded');
  return [
    await agents.git('show', `${result.commit}:a.txt`),
    await agents.git('show', `${result.commit}:b.txt`),
  ];
};

test('the log of a run is sent by the API as it grows, until the run has ended', async () => {
  const released = join(agents.folder, randomUUID());
  const steps = [write('draft', 'a.txt', 'draft\n'), call('hold', 'wait_for_file', { path: released })];
  const id = await agents.insert(steps, { session: randomUUID() });
  await agents.untilStatus(id, 'running');
  const answer = await until(async () => {
    const response = await fetch(`${api.url}/api/agent-runs/${id}/log`);
    if (response.ok) return response;
    expect(await response.json()).toMatchObject({ code: 'NO_LOG' });
    return undefined;
  });
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  let said = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    said += chunk;
    if (said.includes('hold: calls')) await writeFile(released, '');
  }
  expect(said).toBe(await agents.artifact(id, 'log.txt'));
  expect(said).toMatch(/draft: calls .*hold: calls .*the plan is done\n$/s);
  expect(await agents.read(id)).toMatchObject({ status: 'succeeded' });
});

describe('a run that asks', () => {
  test('goes on with the answer that SQL sets on its row, from where it stood', async () => {
    const id = await asking();
    expect(await agents.read(id)).toMatchObject({
      question: { step: 'approve', message: 'Shall it go out?' },
      progress: { done: ['draft'] },
    });
    await answerBySql(id, { ok: true, words: 'by SQL' });
    expect(await written(id)).toEqual(['draft', 'by SQL']);
    const log = await agents.artifact(id, 'log.txt');
    expect(log.match(/draft: calls/g)).toHaveLength(1);
  });

  test('goes on with an answer by the API, which lists its artifacts then', async () => {
    const id = await asking();
    expect((await get(api, `/api/agent-runs/${id}`)).json()).toMatchObject({
      status: 'waiting_input',
      question: { step: 'approve', schema },
    });
    expect((await answerByApi(id, { ok: true, words: 'by the API' })).status).toBe(202);
    expect(await written(id)).toEqual(['draft', 'by the API']);
    const { artifacts } = (await get(api, `/api/agent-runs/${id}/artifacts`)).json() as {
      artifacts: { name: string; href: string; sha256: string }[];
    };
    expect(artifacts.map(({ name }) => name)).toEqual([
      '001-draft.json',
      '003-final.json',
      'diff.patch',
      'log.txt',
    ]);
    const diff = artifacts.find(({ name }) => name === 'diff.patch');
    const file = await fetch(`${api.url}${diff?.href}`);
    expect(await file.text()).toContain('+by the API');
    expect(file.headers.get('etag')).toBe(`"${diff?.sha256}"`);
    expect((await get(api, `/api/agent-runs/${id}/artifacts/..%2F..%2Fx`)).status).toBe(404);
  });

  test('goes on with an answer by a Temporal update', async () => {
    const id = await asking();
    await answerByUpdate(id, { ok: true, words: 'by Temporal' });
    expect(await written(id)).toEqual(['draft', 'by Temporal']);
  });

  test('goes on when its worker was stopped, and another begun, while it waited', async () => {
    const id = await asking();
    await worker.stop();
    await answerBySql(id, { ok: true, words: 'later' });
    worker = await agents.startWorker();
    expect(await written(id)).toEqual(['draft', 'later']);
  });

  test('leaves nothing but its commits while it waits, and nothing to its lane when it is canceled', async () => {
    const session = randomUUID();
    const id = await asking(session);
    const folders = await readdir(join(agents.folder, 'workspaces'));
    expect(folders.filter((name) => name.startsWith(session))).toEqual([]);
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
    await agents.untilStatus(id, 'canceled');
    const next = await agents.insert([write('own', 'b.txt', 'own')], { session });
    const { result } = await agents.untilStatus(next, 'succeeded');
    expect(result.base).toBe(await agents.git('rev-parse', 'main'));
  });

  test('holds no place that others need, but its lane, and ends at once when it is canceled', async () => {
    const session = randomUUID();
    const id = await asking(session);
    const behind = await agents.insert([write('a', 'c.txt', 'x')], { session });
    const beside = await agents.insert([write('a', 'c.txt', 'x')], { session, lane: 'B' });
    await agents.untilStatus(beside, 'succeeded');
    expect(await agents.read(behind)).toMatchObject({ status: 'queued' });
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
    await agents.untilStatus(id, 'canceled');
    await agents.untilStatus(behind, 'succeeded');
  });
});

describe('a tool that asks while it is called', () => {
  const asks = async () => {
    const path = join(agents.folder, randomUUID());
    const steps = [write('draft', 'a.txt', 'draft\n'), call('sign', 'ask', { path, twice: true })];
    const id = await agents.insert(steps, { session: randomUUID() });
    const row = await agents.untilStatus(id, 'waiting_input');
    expect(row).toMatchObject({
      question: { step: 'sign.1', message: 'Which name?' },
      progress: { done: ['draft'] },
    });
    return {
      id,
      told: async () => JSON.parse(await readFile(path, 'utf8')),
      calls: () => readFile(`${path}.calls`, 'utf8'),
    };
  };
  const untilAskedAgain = (id: string) =>
    until(
      async () =>
        (await agents.read(id)).question?.step === 'sign.2' &&
        (await agents.read(id)).status === 'waiting_input',
    ).then(() => untilIdle(agents.client.workflow.getHandle(id)));

  test('parks its run, and is called again with all the answers that people gave', async () => {
    const { id, told, calls } = await asks();
    expect(await why(answerBySql(id, {}, 'sign.1'))).toContain('its field "name" is missing');
    expect(await why(answerBySql(id, { name: 'A' }, 'sign.1'))).toContain('its field "name" is too short');
    await answerBySql(id, { name: 'Ann' }, 'sign.1');
    await untilAskedAgain(id);
    await worker.stop();
    worker = await agents.startWorker();
    expect((await answerByApi(id, { sign: 'lion' }, 'sign.2')).status).toBe(202);
    await agents.untilStatus(id, 'succeeded');
    expect(await told()).toEqual([
      { action: 'accept', content: { name: 'Ann' } },
      { action: 'accept', content: { sign: 'lion' } },
    ]);
    expect(await calls()).toBe('called\n'.repeat(3));
    expect((await agents.artifact(id, 'log.txt')).match(/draft: calls/g)).toHaveLength(1);
  });

  test('hears that a person declined, or canceled; a question of the plan allows neither', async () => {
    const { id, told } = await asks();
    const decline = (step: string, action: string) => ({ step, action });
    const { status } = await sendJson(
      api,
      'POST',
      `/api/agent-runs/${id}/answer`,
      decline('sign.1', 'decline'),
    );
    expect(status).toBe(202);
    await untilAskedAgain(id);
    await agents.client.workflow
      .getHandle(id)
      .executeUpdate('answer', { args: [decline('sign.2', 'cancel')] });
    await agents.untilStatus(id, 'succeeded');
    expect(await told()).toEqual([{ action: 'decline' }, { action: 'cancel' }]);
    const other = await asking();
    const refused = await sendJson(
      api,
      'POST',
      `/api/agent-runs/${other}/answer`,
      decline('approve', 'decline'),
    );
    expect(refused.json()).toMatchObject({
      detail: expect.stringContaining('its "action" must be "accept", or be left out'),
    });
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [other]);
  });
});

test.each([
  [{ type: 'string', oneOf: [{ const: 'a', title: 'A' }] }, 'b', 'must be one of ["a"]'],
  [{ type: 'string', oneOf: [{ const: 'a', title: 'A' }] }, 'a', null],
  [{ type: 'array', items: { enum: ['a', 'b'] } }, ['a', 'c'], 'must hold only ["a", "b"]'],
  [{ type: 'array', items: { anyOf: [{ const: 'a' }, { const: 'b' }] } }, ['c'], 'must hold only ["a", "b"]'],
  [{ type: 'array', items: { anyOf: [{ const: 'a' }, { const: 'b' }] } }, ['b'], null],
  [{ type: 'number', minimum: 1.5 }, 1, 'must be at least 1.5'],
  [{ type: 'integer', maximum: 3 }, 4, 'must be at most 3'],
  [{ type: 'string', minLength: 2 }, 'a', 'is too short'],
])('the field %j takes %j: %s', async (form, given, misfit) => {
  const { rows } = await agents.pool.query('SELECT switchyard.misfit_of_field($1, $2) AS misfit', [
    JSON.stringify(form),
    JSON.stringify(given),
  ]);
  expect(rows).toEqual([{ misfit }]);
});

describe('an answer is refused, whichever way it comes,', () => {
  test('that is wrong: to another step, or of another form', async () => {
    const id = await asking();
    expect(await why(answerBySql(id, { ok: 1 }))).toContain('its field "ok" must be a boolean');
    expect(await answerByApi(id, { ok: 1 })).toMatchObject({
      status: 422,
      body: {
        code: 'ANSWER_DOES_NOT_FIT',
        detail: expect.stringContaining('its field "ok" must be a boolean'),
      },
    });
    expect(await why(answerByUpdate(id, { ok: 1 }))).toContain('its field "ok" must be a boolean');
    expect(await answerByApi(id, { ok: true }, 'publish')).toMatchObject({ status: 422 });
    expect(await why(answerByUpdate(id, { ok: true }, 'publish'))).toContain(
      'the question is of step "approve"',
    );
    await answerBySql(id, { ok: true, words: 'right at last' });
    expect(await written(id)).toEqual(['draft', 'right at last']);
  });

  test('that comes second, or to a run that asks nothing', async () => {
    const id = await asking();
    await worker.stop();
    await answerBySql(id, { ok: true, words: 'first' });
    expect(await why(answerBySql(id, { ok: false }))).toContain('was answered already');
    expect(await answerByApi(id, { ok: false })).toMatchObject({
      status: 409,
      body: { code: 'ANSWERED_ALREADY' },
    });
    worker = await agents.startWorker();
    expect(await written(id)).toEqual(['draft', 'first']);
    expect(await answerByApi(id, { ok: false })).toMatchObject({
      status: 409,
      body: { code: 'NO_ANSWER_WANTED', detail: expect.stringContaining('it is succeeded') },
    });
    expect(await answerByApi(randomUUID(), { ok: false })).toMatchObject({
      status: 404,
      body: { code: 'NO_SUCH_RUN' },
    });
  });

  test('that comes second while the run has no room to go on with the first', async () => {
    await worker.stop();
    worker = await agents.startWorker({ CONCURRENCY: '2' });
    const id = await asking();
    const released = join(agents.folder, randomUUID());
    const holder = await agents.insert([call('hold', 'wait_for_file', { path: released })], {
      session: randomUUID(),
    });
    await agents.untilStatus(holder, 'running');
    await answerByUpdate(id, { ok: true, words: 'first' });
    for (const second of [answerByUpdate, answerBySql])
      expect(await why(second(id, { ok: false }))).toContain('was answered already');
    expect(await answerByApi(id, { ok: false })).toMatchObject({
      status: 409,
      body: { code: 'ANSWERED_ALREADY' },
    });
    await writeFile(released, '');
    expect(await written(id)).toEqual(['draft', 'first']);
    await worker.stop();
    worker = await agents.startWorker();
  });

  test('that comes too late, before the run has failed by it', async () => {
    const id = await asking();
    await agents.pool.query(`UPDATE ops.runs SET answer_by = now() - interval '1 second' WHERE id = $1`, [
      id,
    ]);
    for (const late of [answerByUpdate, answerBySql])
      expect(await why(late(id, { ok: true, words: 'late' }))).toContain('had to be answered by');
    expect(await answerByApi(id, { ok: true, words: 'late' })).toMatchObject({
      status: 409,
      body: { code: 'ANSWER_TOO_LATE' },
    });
    expect(await agents.read(id)).toMatchObject({ status: 'waiting_input', progress: { done: ['draft'] } });
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
    await agents.untilStatus(id, 'canceled');
  });

  test('that comes too late, when the run has failed by it', async () => {
    await worker.stop();
    worker = await agents.startWorker({ AGENT_INPUT_TIMEOUT: '1000' });
    const id = await agents.insert(plan, { session: randomUUID() });
    const row = await until(async () => {
      const seen = await agents.read(id);
      return seen.status === 'failed' && seen;
    });
    expect(row).toMatchObject({
      error_code: 'INPUT_TIMEOUT',
      error: 'nobody answered the step "approve" in time',
    });
    expect(await why(answerBySql(id, { ok: true }))).toContain('waits for no answer: it is failed');
    expect(await answerByApi(id, { ok: true })).toMatchObject({
      status: 409,
      body: { code: 'NO_ANSWER_WANTED' },
    });
    // Its workflow is over, or about to be.
    expect(await why(answerByUpdate(id, { ok: true }))).toMatch(
      /^WorkflowNotFoundError|waits for no answer: it is failed/,
    );
    await worker.stop();
    worker = await agents.startWorker();
  });
});

test('a signed webhook tells that a run asks, under the same id at each try', async () => {
  const received: { headers: Record<string, string>; body: string }[] = [];
  const receiver = createServer(async (request, response) => {
    received.push({ headers: request.headers as Record<string, string>, body: await text(request) });
    response.writeHead(received.length === 1 ? 500 : 204, { 'retry-after': '0' }).end();
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/asked`;
  await agents.pool.query(
    `INSERT INTO switchyard.subscriptions (name, queue, url, statuses) VALUES ('desk', 'agent-runs', $1, '{parked}')`,
    [url],
  );
  const id = await asking();
  await until(async () => received.length === 2);
  const [first, second] = received;
  const told = new Webhook(secret).verify(second?.body ?? '', second?.headers ?? {});
  expect(told).toMatchObject({
    type: 'job.parked',
    data: { queue: 'agent-runs', jobId: id, code: 'approve', detail: 'Shall it go out?' },
  });
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  await new Promise<void>((done) => receiver.close(() => done()));
});
