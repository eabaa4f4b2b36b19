import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createToken } from '../../../../src/api/tokens.ts';
import { get, pdfPart, sendJson, upload } from '../../../../test/support/http.ts';
import { insertFailedJob, insertJob, readJob } from '../../../../test/support/jobs.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const post = (path: string, body?: unknown, headers = {}) => sendJson(api, 'POST', path, body, headers);
const runningJob = () =>
  insertJob(api.pool, { status: 'processing', run_id: 'r1', attempt: 1, started_at: new Date() });
async function completeJob(): Promise<string> {
  const id = await runningJob();
  await api.pool.query(
    `UPDATE jobs SET status = 'complete', result_path = 'r', result_bytes = 1, result_sha256 = repeat('0', 64),
            completed_at = now() WHERE id = $1`,
    [id],
  );
  return id;
}

describe('cancel', () => {
  test('ends a queued job at once, and again says the same', async () => {
    const id = await insertJob(api.pool);
    for (let i = 0; i < 2; i++) {
      const answer = await post(`/api/jobs/${id}/cancel`);
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({ status: 'canceled', canceledAt: expect.stringMatching(/Z$/) });
    }
  });

  test('of a running job is accepted, and noted on the row', async () => {
    const id = await runningJob();
    const answer = await post(`/api/jobs/${id}/cancel`, {});
    expect(answer.status).toBe(202);
    expect(answer.json()).toMatchObject({ status: 'processing', cancelRequestedAt: expect.any(String) });
    expect((await readJob(api.pool, id)).cancel_requested_at).not.toBeNull();
  });

  test('of a job that has ended is refused, and says what can be done', async () => {
    const answer = await post(`/api/jobs/${await insertFailedJob(api.pool)}/cancel`);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({
      code: 'WRONG_STATE',
      jobStatus: 'failed',
      detail: 'only a job that waits or runs can be canceled, and this one is failed; it can be retried',
    });
  });

  test('of no job is 404', async () => {
    expect((await post(`/api/jobs/${randomUUID()}/cancel`)).json()).toMatchObject({ code: 'NO_SUCH_JOB' });
    expect((await post('/api/jobs/7/cancel')).json()).toMatchObject({ code: 'BAD_JOB_ID' });
  });
});

describe('retry', () => {
  test('queues a failed job, and a canceled one, without its old outcome', async () => {
    const canceled = await insertJob(api.pool);
    await post(`/api/jobs/${canceled}/cancel`);
    for (const id of [await insertFailedJob(api.pool), canceled]) {
      const answer = await post(`/api/jobs/${id}/retry`);
      expect(answer.status).toBe(202);
      expect(answer.json()).toMatchObject({ status: 'queued', error: null, canceledAt: null });
    }
  });

  test.each([
    ['queued', () => insertJob(api.pool)],
    ['processing', runningJob],
    ['complete', completeJob],
  ])('of a job that is %s is refused and changes nothing', async (jobStatus, make) => {
    const id = await make();
    const before = await readJob(api.pool, id);
    const answer = await post(`/api/jobs/${id}/retry`);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'WRONG_STATE', jobStatus });
    expect(await readJob(api.pool, id)).toEqual(before);
  });
});

describe('a change of a waiting job', () => {
  const patch = (id: string, body: unknown) => sendJson(api, 'PATCH', `/api/jobs/${id}`, body);

  test('sets its priority or its time, and leaves the other as it was', async () => {
    const id = await insertJob(api.pool, { priority: 3 });
    const runAt = '2126-03-01T09:00:00+01:00';
    expect((await patch(id, { runAt })).json()).toMatchObject({
      priority: 3,
      runAt: '2126-03-01T08:00:00.000Z',
    });
    expect((await patch(id, { priority: -5 })).json()).toMatchObject({
      priority: -5,
      runAt: '2126-03-01T08:00:00.000Z',
    });
    expect((await patch(id, { runAt: null })).json()).toMatchObject({ priority: -5, runAt: null });
  });

  test('of a job that runs is refused', async () => {
    const answer = await patch(await runningJob(), { priority: 1 });
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ jobStatus: 'processing' });
  });

  test.each([
    [{ priority: 'high' }, 'BAD_FIELD', /the field "priority" must be a number; got "\\"high\\""/],
    [{ priority: 101 }, 'BAD_FIELD', /"priority" must be at most 100; got "101"/],
    [{ runAt: 'tomorrow' }, 'BAD_FIELD', /"runAt" must be a time with its zone.*got "\\"tomorrow\\""/],
    [{ status: 'complete' }, 'UNKNOWN_FIELD', /no field "status"; known are priority, runAt/],
    [[], 'BAD_BODY', /must be a JSON object/],
    ['"text"', 'BAD_BODY', /must be a JSON object/],
  ])('%j is refused by name', async (body, code, detail) => {
    const id = await insertJob(api.pool);
    const answer = await patch(id, body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.json()).toMatchObject({ code, detail: expect.stringMatching(detail) });
    expect(await readJob(api.pool, id)).toMatchObject({ status: 'queued', run_at: null });
  });
});

describe('a body', () => {
  const cancelWith = async (body: string, type: string) => {
    const id = await insertJob(api.pool);
    const answer = await post(`/api/jobs/${id}/cancel`, body, { 'content-type': type });
    expect((await readJob(api.pool, id)).status).toBe('queued');
    return answer;
  };

  test('that is no JSON is refused', async () => {
    expect((await cancelWith('{"a":', 'application/json')).status).toBe(400);
  });

  test('that would change a prototype is refused', async () => {
    expect((await cancelWith('{"__proto__":{"x":1}}', 'application/json')).status).toBe(400);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'of %s, which a page of another site could send unasked, is refused',
    async (type) => {
      expect((await cancelWith('a=b', type)).status).toBe(415);
    },
  );

  test('of more than 64 KiB is refused', async () => {
    expect((await cancelWith(JSON.stringify({ x: 'a'.repeat(65_536) }), 'application/json')).status).toBe(
      413,
    );
  });

  test('of JSON is refused where none is asked for', async () => {
    expect((await post('/api/upload', {})).status).toBe(415);
  });
});

test('a page of another site can change nothing', async () => {
  const id = await insertJob(api.pool);
  const answer = await post(`/api/jobs/${id}/cancel`, {}, { origin: 'https://example.com' });
  expect(answer.json()).toMatchObject({ code: 'OTHER_ORIGIN' });
  expect((await readJob(api.pool, id)).status).toBe('queued');
});

describe('the events of a job', () => {
  test('are shown in order, page by page, with whose request each was', async () => {
    const id = await insertFailedJob(api.pool);
    await post(`/api/jobs/${id}/retry`, undefined, { 'x-request-id': 'req-1' });
    const first = (await get(api, `/api/jobs/${id}/events?limit=3`)).json();
    const second = (await get(api, `/api/jobs/${id}/events?cursor=${first['nextCursor']}`)).json();
    expect(first['events']).toMatchObject([
      { from: null, to: 'queued' },
      { from: 'queued', to: 'processing', attempt: 1 },
      { from: 'processing', to: 'failed', code: 'GW_5XX', detail: 'the gateway answered 503' },
    ]);
    expect(second).toMatchObject({
      events: [{ from: 'failed', to: 'queued', actor: 'api req-1', at: expect.stringMatching(/Z$/) }],
      nextCursor: null,
    });
  });

  test('name the token that the change came with', async () => {
    const id = await insertJob(api.pool);
    const token = await createToken(api.pool, { name: 'ops', scopes: ['operate'], lifetimeMs: undefined });
    const answer = await post(`/api/jobs/${id}/cancel`, undefined, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
    const { rows } = await api.pool.query(
      `SELECT actor FROM switchyard.job_events WHERE to_status = 'canceled'`,
    );
    expect(rows).toEqual([{ actor: 'api token ops' }]);
  });

  test('ask for a job that is there, and a cursor that is one', async () => {
    expect((await get(api, `/api/jobs/${randomUUID()}/events`)).status).toBe(404);
    const id = await insertJob(api.pool);
    expect((await get(api, `/api/jobs/${id}/events?cursor=x`)).json()).toMatchObject({ code: 'BAD_CURSOR' });
  });
});

describe('an upload', () => {
  const field = (name: string, value: string) => ({ name, value });

  test('may name its customer and its time', async () => {
    const answer = await upload(api, [
      field('customer', 'Müller & Söhne'),
      field('runAt', '2126-01-01T00:00:00Z'),
      pdfPart(),
    ]);
    expect(answer.status).toBe(202);
    expect(answer.json()).toMatchObject({
      customer: 'Müller & Söhne',
      runAt: '2126-01-01T00:00:00.000Z',
      status: 'queued',
    });
  });

  test.each([
    ['customer', '', 'BAD_CUSTOMER'],
    ['customer', 'x'.repeat(201), 'BAD_CUSTOMER'],
    ['runAt', '2126-01-01', 'BAD_RUN_AT'],
  ])('with the %s "%s" is refused', async (name, value, code) => {
    const answer = await upload(api, [field(name, value), pdfPart()]);
    expect([answer.status, answer.json()['code']]).toEqual([400, code]);
    expect(await api.countJobs()).toBe(0);
  });

  test('of another customer under the same key is another upload', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const one = await upload(api, [field('customer', 'a'), pdfPart()], headers);
    const again = await upload(api, [field('customer', 'a'), pdfPart()], headers);
    expect(again.json()['id']).toBe(one.json()['id']);
    expect((await upload(api, [field('customer', 'b'), pdfPart()], headers)).status).toBe(422);
  });
});
