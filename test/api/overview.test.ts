import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createToken } from '../../src/api/tokens.ts';
import { get, sendJson } from '../support/http.ts';
import { inFlight, insertFailedLetter, insertLetter } from '../support/letters/rows.ts';
import { createErrands, insertErrand } from '../support/parking.ts';
import { type LettersApi, startLettersApi } from './letters-api.ts';

let api: LettersApi;
beforeEach(async () => {
  api = await startLettersApi();
});
afterEach(() => api.close());

const read = async (path: string) => {
  const answer = await get(api, path);
  expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  return answer.json();
};
const send = async (method: string, path: string, body?: unknown) =>
  (await sendJson(api, method, path, body, { 'x-request-id': 'req-1' })).json();

test('failures are grouped by code, and message without ids, times and numbers', async () => {
  const messages = [
    'order 17 of 3a474e14-3545-40fd-8138-013e50a02af7 is gone since 2026-01-01T00:00:00Z',
    'order 1234 of 00000000-3545-40fd-8138-013e50a02af7 is gone since 2026-02-02 10:00:00+01',
    'order ab12 is gone',
  ];
  for (const message of messages) await insertFailedLetter(api.pool, { code: 'GONE', message });
  const last = await insertFailedLetter(api.pool, {
    code: 'LOST',
    message: 'order 17 is gone',
    failedAt: new Date(),
  });
  const { groups, ...rest } = await read('/api/queues/letters/failures');
  expect(rest).toEqual({ lookedAt: 4, more: false });
  expect(groups).toMatchObject([
    { code: 'GONE', pattern: 'order N of N is gone since N', jobs: 2 },
    { code: 'LOST', pattern: 'order N is gone', jobs: 1, sample: { id: last, message: 'order 17 is gone' } },
    { code: 'GONE', pattern: 'order N is gone', jobs: 1 },
  ]);
});

test('keys are shown with what waits and runs of each, their limits and pauses, page by page', async () => {
  for (const customer of ['a', 'a', 'b']) await insertLetter(api.pool, { customer });
  await insertLetter(api.pool, { customer: 'b', priority: 5 });
  await insertLetter(api.pool, { customer: 'c', ...inFlight });
  await insertLetter(api.pool, {});
  await send('POST', '/api/queues/letters/keys/d/pause', { reason: 'asked for' });
  await send('PUT', '/api/queues/letters/keys/a/limit', { inFlight: 2 });
  const { keys, nextCursor } = await read('/api/queues/letters/keys?limit=3');
  expect(keys).toEqual([
    { key: 'a', queued: 2, processing: 0, share: 0, limit: 2, pause: null },
    { key: 'b', queued: 2, processing: 0, share: 0, limit: null, pause: null },
    { key: 'c', queued: 0, processing: 1, share: 1, limit: null, pause: null },
  ]);
  expect(await read(`/api/queues/letters/keys?limit=3&cursor=${nextCursor}`)).toMatchObject({
    keys: [{ key: 'd', pause: { reason: 'asked for', pausedBy: 'api req-1' } }],
    nextCursor: null,
  });
});

describe('a question', () => {
  const question = {
    step: 'approve',
    message: 'deploy?',
    schema: { properties: { ok: { type: 'boolean' } }, required: ['ok'] },
  };
  let id: string;
  beforeEach(async () => {
    await createErrands(api.pool);
    await insertErrand(api.pool, 'bob');
    id = await insertErrand(api.pool, 'ann', 'run');
    await api.pool.query(
      `UPDATE errands SET status = 'asking', question = $2, answer_by = '2100-01-01' WHERE id = $1`,
      [id, JSON.stringify(question)],
    );
  });
  const answer = (body: unknown) => send('POST', `/api/queues/errands/jobs/${id}/answer`, body);

  test('is in the inbox until it is answered', async () => {
    expect(await read('/api/inbox')).toEqual({
      items: [
        {
          queue: 'errands',
          id,
          label: null,
          key: null,
          ...question,
          askedAt: expect.any(String),
          answerBy: '2100-01-01T00:00:00.000Z',
        },
      ],
    });
    expect(await answer({ value: { ok: true } })).toMatchObject({
      status: 'parked',
      question: { step: 'approve' },
    });
    const { rows } = await api.pool.query('SELECT answer FROM errands WHERE id = $1', [id]);
    expect(rows).toEqual([{ answer: { step: 'approve', value: { ok: true } } }]);
  });

  test('takes no answer that does not fit, and no second one', async () => {
    expect(await answer({ value: { ok: 'yes' } })).toMatchObject({
      status: 422,
      code: 'ANSWER_DOES_NOT_FIT',
      detail: expect.stringMatching(/field "ok" must be a boolean/),
    });
    expect(await answer({ step: 'other', value: { ok: true } })).toMatchObject({
      code: 'ANSWER_DOES_NOT_FIT',
    });
    await answer({ value: { ok: true } });
    expect(await answer({ value: { ok: false } })).toMatchObject({ status: 409, code: 'ANSWERED_ALREADY' });
  });
});

test('a job is found by its id in any queue, and by the id of its workflow', async () => {
  const id = await insertLetter(api.pool);
  await createErrands(api.pool);
  const errand = await insertErrand(api.pool, 'ann');
  const find = async (what: string) =>
    ((await read(`/api/find?id=${encodeURIComponent(what)}`))['jobs'] as { queue: string; id: string }[]).map(
      ({ queue, id }) => [queue, id],
    );
  expect(await find(id)).toEqual([['letters', id]]);
  expect(await find(errand)).toEqual([['errands', errand]]);
  expect(await find(`errands:${errand}`)).toEqual([['errands', errand]]);
  expect(await find("1' OR '1'='1")).toEqual([]);
  expect(await find('\0')).toEqual([]);
  expect(await find('9'.repeat(999))).toEqual([]);
});

test('systems are shown with their breakers', async () => {
  await api.pool.query(`
    INSERT INTO switchyard.systems VALUES ('carrier', now());
    INSERT INTO switchyard.pauses (scope, system, reason, automatic, probe_at, probes)
    VALUES ('system', 'carrier', 'it answered 503', true, '2030-01-01', 2);
    INSERT INTO switchyard.system_failures (system, job_id, at, since, code) VALUES ('carrier', 'x', now(), now(), 'AWAY')`);
  expect(await read('/api/systems')).toEqual({
    systems: [
      {
        system: 'carrier',
        neededBy: ['letters'],
        lastSuccessAt: expect.any(String),
        failures: 1,
        pause: expect.objectContaining({ reason: 'it answered 503', automatic: true }),
        probeAt: '2030-01-01T00:00:00.000Z',
        failedProbes: 2,
      },
    ],
  });
});

test('webhooks are shown without the secrets of their addresses, and sent again', async () => {
  await api.pool.query(
    `INSERT INTO switchyard.subscriptions (name, queue, url) VALUES ('shop', 'letters', 'https://shop.example/hook?token=hush')`,
  );
  const failed = await insertFailedLetter(api.pool);
  const subscriptions = await get(api, '/api/webhooks');
  expect(subscriptions.json()).toMatchObject({
    subscriptions: [{ name: 'shop', place: 'https://shop.example' }],
  });
  expect(subscriptions.text).not.toContain('hush');
  const { deliveries } = await read('/api/webhooks/deliveries?status=queued');
  expect(deliveries).toMatchObject([
    { subscription: 'shop', of: { queue: 'letters', jobId: failed, status: 'failed' }, responseStatus: null },
  ]);
  const { rows } = await api.pool.query<{ id: string }>(
    `UPDATE switchyard.webhook_deliveries SET status = 'canceled' RETURNING id`,
  );
  expect(await send('POST', `/api/webhooks/deliveries/${rows[0]?.id}/retry`)).toMatchObject({
    status: 'queued',
  });
  expect(await send('POST', `/api/webhooks/deliveries/${rows[0]?.id}/retry`)).toMatchObject({
    code: 'WRONG_STATE',
  });
});

test('what people and tokens did is told, and nothing that processes did', async () => {
  const token = await createToken(api.pool, {
    name: 'ops',
    scopes: ['read', 'operate'],
    lifetimeMs: undefined,
  });
  const headers = { authorization: `Bearer ${token}` };
  const act = (method: string, path: string, body?: unknown) => sendJson(api, method, path, body, headers);
  const id = await insertLetter(api.pool);
  const path = `/api/queues/letters/jobs/${id}`;
  await act('POST', `${path}/cancel`);
  await act('POST', `${path}/retry`);
  await act('PATCH', path, { priority: 3 });
  await act('POST', '/api/queues/letters/pause', { reason: 'maintenance' });
  await act('POST', '/api/queues/letters/resume');
  await act('PUT', '/api/queues/letters/limits', { inFlight: 3 });
  await act('POST', '/api/redrives', { queue: 'letters', reason: 'again' });
  await act('POST', `${path}/signal`, { name: 'hurry' });
  await api.pool.query(
    `SELECT set_config('switchyard.actor', 'switchyard worker worker-1', false); UPDATE letters SET cancel_requested_at = now()`,
  );
  const all = await get(api, '/api/audit', headers);
  expect(all.json()).toMatchObject({
    entries: [
      { action: 'signal', actor: 'api token ops', queue: 'letters', jobId: id, detail: 'hurry' },
      { action: 'redrive', queue: 'letters', detail: expect.stringMatching(/^redrive \d+: again/) },
      { action: 'limits', detail: expect.stringContaining('"in_flight": 3') },
      { action: 'resume', detail: 'queue' },
      { action: 'pause', detail: 'queue: maintenance' },
      { action: 'change', jobId: id, detail: '{"priority":3}' },
      { action: 'retry', jobId: id },
      { action: 'cancel', jobId: id },
      { action: 'token', actor: 'test', detail: 'ops with read, operate' },
    ],
    nextCursor: null,
  });
  const ofQueue = (
    await get(api, '/api/audit?queue=letters&actor=api%20token%20ops&limit=2', headers)
  ).json();
  expect(ofQueue).toMatchObject({
    entries: [{ action: 'signal' }, { action: 'redrive' }],
    nextCursor: expect.stringMatching(/^\d+$/),
  });
  const revoked = await act('DELETE', '/api/tokens/ops');
  expect(revoked.json()).toEqual({ revoked: true });
  await expect(api.pool.query('DELETE FROM switchyard.actions')).rejects.toThrow(/append-only/);
});

test('tokens are listed without what they are', async () => {
  const token = await createToken(api.pool, { name: 'ops', scopes: ['operate'], lifetimeMs: undefined });
  const answer = await get(api, '/api/tokens', { authorization: `Bearer ${token}` });
  expect(answer.json()).toMatchObject({ tokens: [{ name: 'ops', scopes: ['operate'], revokedAt: null }] });
  expect(answer.text).not.toContain(String(token));
  const none = await sendJson(api, 'DELETE', '/api/tokens/other', undefined, {
    authorization: `Bearer ${token}`,
  });
  expect(none.json()).toMatchObject({ status: 404, code: 'NO_SUCH_TOKEN' });
});
