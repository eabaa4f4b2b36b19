import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { get, sendJson } from '../support/http.ts';
import { allLetterQueues } from '../support/letters/queue.ts';
import { insertFailedLetter, insertLetter } from '../support/letters/rows.ts';
import { type LettersApi, startLettersApi } from './letters-api.ts';

const everyQueue = allLetterQueues()
  .map(({ name }) => name)
  .sort();
let api: LettersApi;
beforeEach(async () => {
  api = await startLettersApi();
});
afterEach(() => api.close());

const post = (path: string, body?: unknown) => sendJson(api, 'POST', path, body, { 'x-request-id': 'req-1' });
const letters = async () => (await get(api, '/api/queues/letters')).json();
const openPauses = async () =>
  (await api.pool.query('SELECT scope, queue, key, system FROM switchyard.pauses WHERE resumed_at IS NULL'))
    .rows;

describe('queues', () => {
  test('are shown with what waits, runs and has failed, and with their limits', async () => {
    await insertLetter(api.pool);
    await insertLetter(api.pool, { run_at: new Date(Date.now() + 60_000) });
    await insertFailedLetter(api.pool);
    const { queues } = (await get(api, '/api/queues')).json() as { queues: { name: string }[] };
    expect(queues.map(({ name }) => name)).toEqual(everyQueue);
    expect(queues[0]).toEqual({
      name: 'letters',
      kind: 'fenced',
      table: 'public.letters',
      source: null,
      workflow: 'sendLetter',
      taskQueue: 'test',
      hasKeys: true,
      counts: { queued: 1, delayed: 1, processing: 0, parked: 0, failed: 1, canceled: 0 },
      countedUpTo: 10_000,
      oldestWaitingSeconds: expect.any(Number),
      rates: { inserted: 0, started: 0, complete: 0, failed: 0 },
      limits: { inFlight: null, inFlightPerKey: null, startsPerSecond: null, fair: null },
      inForce: { inFlight: 100, inFlightPerKey: null, startsPerSecond: null, fair: true },
      needs: ['carrier'],
      pauses: [],
      served: false,
      pollers: null,
      problem: null,
    });
  });

  test('that nobody knows are refused with the names of those there are', async () => {
    const answer = await get(api, '/api/queues/nothing');
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({
      code: 'NO_SUCH_QUEUE',
      known: everyQueue,
    });
  });
});

describe('limits', () => {
  const put = (body: unknown, queue = 'letters') =>
    sendJson(api, 'PUT', `/api/queues/${queue}/limits`, body, { 'x-request-id': 'req-1' });

  test('are set as a whole: what is left out goes back to the settings', async () => {
    await put({ inFlight: 5, startsPerSecond: 2.5, fair: true });
    const answer = await put({ inFlight: 7 });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      limits: { inFlight: 7, inFlightPerKey: null, startsPerSecond: null, fair: null },
      inForce: { inFlight: 7 },
    });
    expect((await letters())['limits']).toMatchObject({ inFlight: 7, startsPerSecond: null });
    const { rows } = await api.pool.query('SELECT queue, in_flight, updated_by FROM switchyard.limits');
    expect(rows).toEqual([{ queue: 'letters', in_flight: 7, updated_by: 'api req-1' }]);
  });

  test.each([
    [{ inFlight: -1 }, /"inFlight"/],
    [{ inFlight: 1.5 }, /"inFlight"/],
    [{ startsPerSecond: 0 }, /"startsPerSecond"/],
    [{ fair: 'yes' }, /"fair"/],
    [{ perSecond: 5 }, /no field "perSecond"; known are inFlight, inFlightPerKey, startsPerSecond, fair/],
  ])('%j are refused', async (body, detail) => {
    const answer = await put(body);
    expect(answer.status).toBe(400);
    expect(answer.json()['detail']).toMatch(detail);
  });

  test('per key are refused where jobs have no key', async () => {
    expect((await put({ inFlightPerKey: 1 }, 'redrives')).json()).toMatchObject({ code: 'NO_KEYS' });
  });
});

describe('objectives', () => {
  const put = (body: unknown, queue = 'letters') =>
    sendJson(api, 'PUT', `/api/queues/${queue}/objectives`, body, { 'x-request-id': 'req-1' });

  test('are set as a whole, by whom, and shown with their burn rates', async () => {
    await put({ waiting: { seconds: 5 }, total: { seconds: 60, part: 0.9 } });
    const answer = await put({ waiting: { seconds: 10 } });
    expect(answer.json()).toEqual({ objectives: { waiting: { seconds: 10, part: 0.99 }, total: null } });
    const shown = (await get(api, '/api/queues/letters/objectives')).json();
    expect(shown).toMatchObject(answer.json());
    expect((shown['burnRates'] as unknown[]).length).toBe(4);
    const { rows } = await api.pool.query('SELECT of, updated_by FROM switchyard.objectives');
    expect(rows).toEqual([{ of: 'waiting', updated_by: 'api req-1' }]);
    const { entries } = (await get(api, '/api/audit')).json() as { entries: { detail: string }[] };
    expect(entries.map(({ detail }) => detail)).toEqual([
      '{"of": "waiting", "part": 0.99, "seconds": 10}',
      'taken back {"of": "total", "part": 0.9, "seconds": 60}',
      '{"of": "total", "part": 0.9, "seconds": 60}',
      '{"of": "waiting", "part": 0.99, "seconds": 5}',
    ]);
    expect(entries).toContainEqual(expect.objectContaining({ action: 'objectives', queue: 'letters' }));
  });

  test.each([
    [{ waiting: { seconds: 0 } }, /"waiting.seconds"/],
    [{ total: { seconds: 1, part: 1 } }, /"total.part"/],
    [{ waiting: { seconds: 1, percent: 99 } }, /percent/],
    [{ end: { seconds: 1 } }, /no field "end"; known are waiting, total/],
  ])('%j are refused', async (body, detail) => {
    const answer = await put(body);
    expect(answer.status).toBe(400);
    expect(answer.json()['detail']).toMatch(detail);
  });
});

describe('a pause', () => {
  test.each([
    ['/api/queues/letters', { scope: 'queue', queue: 'letters', key: null, system: null }],
    [
      '/api/queues/letters/keys/a%2Fb%20%C3%BC',
      { scope: 'key', queue: 'letters', key: 'a/b ü', system: null },
    ],
    ['/api/systems/carrier', { scope: 'system', queue: null, key: null, system: 'carrier' }],
  ])('of %s is made and ended, with who and why', async (path, target) => {
    const answer = await post(`${path}/pause`, { reason: 'maintenance' });
    expect(answer.status).toBe(200);
    const pause = { ...target, reason: 'maintenance', pausedBy: 'api req-1', automatic: false };
    expect(answer.json()).toMatchObject({ pause });
    expect((await post(`${path}/pause`, { reason: 'other' })).json()).toMatchObject({ pause });
    expect((await letters())['pauses']).toMatchObject([pause]);
    expect(await openPauses()).toEqual([target]);
    expect((await post(`${path}/resume`)).json()).toEqual({ resumed: true });
    expect((await post(`${path}/resume`)).json()).toEqual({ resumed: false });
    expect(await openPauses()).toEqual([]);
    const { rows } = await api.pool.query('SELECT resumed_by FROM switchyard.pauses');
    expect(rows).toEqual([{ resumed_by: 'api req-1' }]);
  });

  test.each([
    ['/api/queues/nothing', 404, 'NO_SUCH_QUEUE'],
    ['/api/systems/nothing', 404, 'NO_SUCH_SYSTEM'],
    ['/api/queues/redrives/keys/x', 400, 'NO_KEYS'],
    [`/api/queues/letters/keys/${'x'.repeat(201)}`, 400, 'BAD_KEY'],
    ['/api/queues/letters/keys/%00', 400, 'BAD_KEY'],
  ])('of %s is refused', async (path, status, code) => {
    const answer = await post(`${path}/pause`, { reason: 'maintenance' });
    expect([answer.status, answer.json()['code']]).toEqual([status, code]);
    expect(await openPauses()).toEqual([]);
  });

  test('without a reason is refused', async () => {
    const answer = await post('/api/queues/letters/pause');
    expect(answer.json()).toMatchObject({
      code: 'BAD_FIELD',
      detail: expect.stringMatching(/"reason".*missing/),
    });
  });
});
