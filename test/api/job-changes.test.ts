import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { get, sendJson } from '../support/http.ts';
import { inFlight, insertFailedLetter, insertLetter, readLetter } from '../support/letters/rows.ts';
import { type LettersApi, startLettersApi } from './letters-api.ts';

let api: LettersApi;
beforeEach(async () => {
  api = await startLettersApi();
  await api.pool.query(`SELECT switchyard.create_queue('mails', 'sendMail', 'mailers')`);
});
afterEach(() => api.close());

const send = async (method: string, path: string, body?: unknown) => {
  const answer = await sendJson(api, method, path, body, { 'x-request-id': 'req-1' });
  return { status: answer.status, body: answer.json(), headers: answer.headers };
};
const letter = (id: string) => `/api/queues/letters/jobs/${id}`;
const unknownId = '3a474e14-3545-40fd-8138-013e50a02af7';

describe('a job', () => {
  test('is put into a queue of its own, once for each id', async () => {
    const job = { id: unknownId, input: { to: 'ann', n: [1, null] }, key: 'acme', priority: -3 };
    const made = await send('POST', '/api/queues/mails/jobs', job);
    expect(made.status).toBe(202);
    expect(made.headers.location).toBe(`/api/queues/mails/jobs/${unknownId}`);
    expect(made.body).toMatchObject({
      queue: 'mails',
      id: unknownId,
      status: 'queued',
      key: 'acme',
      priority: -3,
      input: job.input,
      workflowId: `mails:${unknownId}`,
      taskQueue: 'mailers',
    });
    expect((await send('POST', '/api/queues/mails/jobs', { ...job, key: 'b' })).body).toMatchObject({
      key: 'acme',
    });
  });

  test('that waits is given another priority and time', async () => {
    const id = await insertLetter(api.pool);
    const later = '2030-01-01T00:00:00.000Z';
    expect((await send('PATCH', letter(id), { priority: 7, runAt: later })).body).toMatchObject({
      priority: 7,
      runAt: later,
    });
    expect((await send('PATCH', letter(id), { runAt: null })).body).toMatchObject({
      priority: 7,
      runAt: null,
    });
  });

  test('is canceled, and tried again', async () => {
    const id = await insertLetter(api.pool);
    expect((await send('POST', `${letter(id)}/cancel`)).body).toMatchObject({ status: 'canceled' });
    expect((await send('POST', `${letter(id)}/retry`)).body).toMatchObject({ status: 'queued' });
    const failed = await insertFailedLetter(api.pool);
    expect((await send('POST', `${letter(failed)}/retry`)).body).toMatchObject({
      status: 'queued',
      error: null,
    });
    const running = await insertLetter(api.pool, inFlight);
    expect((await send('POST', `${letter(running)}/cancel`)).body).toMatchObject({
      status: 'processing',
      cancelRequestedAt: expect.any(String),
    });
    const { rows } = await api.pool.query(
      `SELECT DISTINCT actor FROM switchyard.job_events WHERE actor <> 'test'`,
    );
    expect(rows).toEqual([{ actor: 'api req-1' }]);
  });

  test('is told a signal', async () => {
    const { body } = await send('POST', '/api/queues/mails/jobs', { input: 1 });
    const path = `/api/queues/mails/jobs/${body['id']}`;
    expect((await send('POST', `${path}/signal`, { name: 'hurry', args: [{ by: 2 }] })).status).toBe(200);
    expect((await get(api, `${path}/signals`)).json()).toMatchObject({
      signals: [{ name: 'hurry', args: [{ by: 2 }], status: 'waiting' }],
      nextCursor: null,
    });
  });
});

describe('refused is', () => {
  const mails = '/api/queues/mails/jobs';
  test.each([
    [
      'an insert into a table',
      '/api/queues/letters/jobs',
      {},
      400,
      'ROWS_ARE_INSERTED',
      /INSERT into public.letters/,
    ],
    ['an insert into nothing', '/api/queues/nothing/jobs', {}, 404, 'NO_SUCH_QUEUE', /known are/],
    [
      'an id that is none',
      mails,
      { id: 'x' },
      400,
      'BAD_FIELD',
      /the field "id" must be a UUID; got "\\"x\\""/,
    ],
    [
      'a priority that is no integer',
      mails,
      { priority: 1e10 },
      400,
      'BAD_FIELD',
      /"priority" must be at most 2147483647/,
    ],
    [
      'a priority that is a text',
      mails,
      { priority: '1' },
      400,
      'BAD_FIELD',
      /"priority" must be a number; got/,
    ],
    [
      'a long key',
      mails,
      { key: 'x'.repeat(201) },
      400,
      'BAD_FIELD',
      /"key" must have at most 200 characters/,
    ],
    ['a time without a zone', mails, { runAt: '2026-01-01T00:00:00' }, 400, 'BAD_FIELD', /with its zone/],
    ['NUL in an input', mails, { input: 'a\0' }, 400, 'BAD_FIELD', /"input" must be without NUL/],
    [
      'a number that JSON would change',
      mails,
      '{"input": {"n": 9007199254740993}}',
      400,
      'BAD_FIELD',
      /beyond 2\^53/,
    ],
    ['another field', mails, { inputs: 1 }, 400, 'UNKNOWN_FIELD', /"inputs"; known are input, id, key/],
    ['a body that is a list', mails, [], 400, 'BAD_BODY', /must be a JSON object/],
  ])('%s', async (_, path, body, status, code, detail) => {
    const answer = await send('POST', path, body);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.body['detail']).toMatch(detail);
  });

  test.each([
    ['retry', {}, 409, 'WRONG_STATE', /cannot be retried: it is queued; only a job that has ended can/],
    ['retry', { input: {} }, 400, 'BAD_FIELD', /takes no other input/],
    ['signal', {}, 400, 'BAD_FIELD', /"name" is missing/],
    ['answer', { value: {} }, 409, 'NO_ANSWER_WANTED', /ask nothing/],
  ])('%s of a job that waits', async (what, body, status, code, detail) => {
    const id = await insertLetter(api.pool);
    const answer = await send('POST', `${letter(id)}/${what}`, body);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.body['detail']).toMatch(detail);
    expect((await readLetter(api.pool, id)).status).toBe('queued');
  });

  test.each(['cancel', 'retry'])('%s of a job that is not there, or has no such id', async (what) => {
    expect(await send('POST', `${letter(unknownId)}/${what}`)).toMatchObject({
      status: 404,
      body: { code: 'NO_SUCH_JOB' },
    });
    expect(await send('POST', `${letter('17')}/${what}`)).toMatchObject({
      status: 400,
      body: { code: 'BAD_JOB_ID' },
    });
  });

  test('a change of nothing, and of a job that runs', async () => {
    const id = await insertLetter(api.pool, inFlight);
    expect((await send('PATCH', letter(id), {})).body).toMatchObject({ code: 'BAD_FIELD' });
    expect((await send('PATCH', letter(id), { priority: 1 })).body).toMatchObject({
      code: 'WRONG_STATE',
      detail: expect.stringMatching(/can no longer be moved: it is processing/),
    });
  });
});

test('a key is given a limit, which is taken back', async () => {
  const path = '/api/queues/letters/keys/a%2Fb/limit';
  const limits = async () =>
    (await api.pool.query('SELECT queue, key, in_flight FROM switchyard.key_limits')).rows;
  expect((await send('PUT', path, { inFlight: 3 })).body).toEqual({ key: 'a/b', inFlight: 3 });
  expect(await limits()).toEqual([{ queue: 'letters', key: 'a/b', in_flight: 3 }]);
  expect((await send('PUT', path, { inFlight: -1 })).body).toMatchObject({ code: 'BAD_FIELD' });
  expect((await send('DELETE', path)).body).toEqual({ key: 'a/b', inFlight: null });
  expect(await limits()).toEqual([]);
  expect((await send('PUT', '/api/queues/redrives/keys/a/limit', { inFlight: 3 })).body).toMatchObject({
    code: 'NO_KEYS',
  });
});
