import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { get, sendJson } from '../support/http.ts';
import { insertFailedLetter } from '../support/letters/rows.ts';
import { type LettersApi, startLettersApi } from './letters-api.ts';

let api: LettersApi;
beforeEach(async () => {
  api = await startLettersApi();
});
afterEach(() => api.close());

const post = (path: string, body?: unknown) => sendJson(api, 'POST', path, body, { 'x-request-id': 'req-1' });
const asked = { queue: 'letters', reason: 'the carrier is back' };
const make = async (body: object = asked) => String((await post('/api/redrives', body)).json()['id']);
const count = async () =>
  (await api.pool.query('SELECT count(*)::integer AS n FROM switchyard.redrives')).rows[0].n;

describe('a preview', () => {
  test('counts and shows what would be taken, and leaves nothing', async () => {
    for (let i = 0; i < 12; i++) await insertFailedLetter(api.pool, { customer: 'acme' });
    await insertFailedLetter(api.pool, { code: 'CARRIER_REFUSED' });
    const answer = await post('/api/redrives?preview=true', { ...asked, errorCodes: ['CARRIER_AWAY'] });
    expect(answer.status).toBe(200);
    const { sample, ...rest } = answer.json() as { sample: object[] };
    expect(rest).toEqual({ count: 12, more: false });
    expect(sample).toHaveLength(10);
    expect(sample[0]).toMatchObject({
      status: 'failed',
      label: 'a letter',
      key: 'acme',
      attempt: 1,
      error: { code: 'CARRIER_AWAY', message: 'the carrier answered 503' },
      endedAt: expect.stringMatching(/Z$/),
    });
    expect(await count()).toBe(0);
    const { rows } = await api.pool.query(`SELECT FROM switchyard.job_events WHERE queue = 'redrives'`);
    expect(rows).toEqual([]);
  });

  test('stops counting at ten thousand and says so', async () => {
    await api.pool.query(
      `INSERT INTO letters (status, enclosure, error_code, failed_at)
       SELECT 'failed', 'a.txt', 'CARRIER_AWAY', now() - interval '1 hour' FROM generate_series(1, 10001)`,
    );
    expect((await post('/api/redrives?preview=true', asked)).json()).toMatchObject({
      count: 10_000,
      more: true,
    });
  });
});

describe('a redrive', () => {
  test('is made with what was asked and with who asked, and is found again', async () => {
    const wanted = {
      ...asked,
      queue: 'letters',
      states: ['failed', 'canceled'],
      errorCodes: ['CARRIER_AWAY'],
      messageContains: '503',
      keys: ['acme'],
      endedAfter: '2026-01-01T00:00:00.000Z',
      endedBefore: '2026-02-01T00:00:00.000Z',
      perSecond: 20,
      mostWaiting: 100,
      paused: true,
    };
    const answer = await post('/api/redrives', wanted);
    expect(answer.status).toBe(202);
    expect(answer.json()).toMatchObject({
      ...wanted,
      status: 'queued',
      total: null,
      requeued: 0,
      skipped: 0,
      createdBy: 'api req-1',
    });
    const location = String(answer.headers['location']);
    expect((await get(api, location)).json()).toEqual(answer.json());
  });

  test.each([
    [{}, 'BAD_FIELD', /"queue".*missing/],
    [{ queue: 'letters' }, 'BAD_FIELD', /"reason".*missing/],
    [{ ...asked, perSecond: 0 }, 'BAD_FIELD', /"perSecond"/],
    [{ ...asked, states: ['complete'] }, 'BAD_FIELD', /"states.0".*got "\\"complete\\""/],
    [{ ...asked, queue: 'redrives' }, 'NO_SUCH_QUEUE', /one of letters, .*webhooks; got "redrives"/],
    [
      { ...asked, errorCode: 'CARRIER_AWAY' },
      'UNKNOWN_FIELD',
      /no field "errorCode"; known are .*errorCodes/,
    ],
    [{ ...asked, messageContains: 'a\0b' }, 'BAD_FIELD', /without NUL/],
  ])('of %j is refused', async (body, code, detail) => {
    const answer = await post('/api/redrives', body);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code, detail: expect.stringMatching(detail) });
    expect(await count()).toBe(0);
  });

  test('is paused, goes on, and is canceled', async () => {
    const path = `/api/redrives/${await make()}`;
    expect((await post(`${path}/pause`)).json()).toMatchObject({ paused: true });
    expect((await post(`${path}/resume`)).json()).toMatchObject({ paused: false });
    expect((await post(`${path}/cancel`)).json()).toMatchObject({ status: 'canceled' });
    const late = await post(`${path}/pause`);
    expect(late.status).toBe(409);
    expect(late.json()).toMatchObject({ code: 'WRONG_STATE', redriveStatus: 'canceled' });
  });

  test('that is not there, or is no number, is told', async () => {
    expect((await get(api, '/api/redrives/7')).json()).toMatchObject({ code: 'NO_SUCH_REDRIVE' });
    expect((await post('/api/redrives/7/cancel')).json()).toMatchObject({ code: 'NO_SUCH_REDRIVE' });
    expect((await get(api, '/api/redrives/x')).json()).toMatchObject({ code: 'BAD_REDRIVE_ID' });
  });
});

test('redrives are listed newest first, page by page', async () => {
  const ids = [await make(), await make(), await make()];
  const page = async (query: string) =>
    (await get(api, `/api/redrives${query}`)).json() as { redrives: { id: string }[]; nextCursor: string };
  const first = await page('?limit=2');
  const second = await page(`?limit=2&cursor=${first.nextCursor}`);
  expect([...first.redrives, ...second.redrives].map(({ id }) => id)).toEqual(ids.reverse());
  expect(second.nextCursor).toBeNull();
});

test('the jobs of a redrive are listed page by page, as they are now', async () => {
  const id = await make();
  const jobs = [await insertFailedLetter(api.pool), await insertFailedLetter(api.pool)].sort();
  await api.pool.query(
    `INSERT INTO switchyard.redrive_jobs (redrive_id, queue, job_id, attempt, outcome, at)
     SELECT $1, 'letters', unnest($2::text[]), 1, 'requeued', now()`,
    [id, jobs],
  );
  const first = (await get(api, `/api/redrives/${id}/jobs?limit=1`)).json();
  expect(first).toMatchObject({
    jobs: [
      {
        jobId: jobs[0],
        outcome: 'requeued',
        attemptBefore: 1,
        statusNow: 'failed',
        errorCodeNow: 'CARRIER_AWAY',
      },
    ],
    nextCursor: jobs[0],
  });
  const second = (await get(api, `/api/redrives/${id}/jobs?cursor=${first['nextCursor']}`)).json();
  expect(second).toMatchObject({ jobs: [{ jobId: jobs[1] }], nextCursor: null });
  expect((await get(api, `/api/redrives/${id}/jobs?cursor=%00`)).json()).toMatchObject({
    code: 'BAD_CURSOR',
  });
});
