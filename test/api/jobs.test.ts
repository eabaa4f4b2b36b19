import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApi } from '../../src/api/api.ts';
import { namespaceAt } from '../../src/operations/temporal-ui.ts';
import { get } from '../support/http.ts';
import { inFlight, insertFailedLetter, insertLetter } from '../support/letters/rows.ts';
import { type LettersApi, startLettersApi } from './letters-api.ts';

let api: LettersApi;
beforeEach(async () => {
  api = await startLettersApi();
});
afterEach(() => api.close());

const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n));

interface Page {
  jobs: { id: string; status: string }[];
  nextCursor: string | null;
}
async function list(query: string, queue = 'letters'): Promise<Page> {
  const answer = await get(api, `/api/queues/${queue}/jobs?${query}`);
  expect(answer.text).toMatch(/\n$/);
  expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  return answer.json() as unknown as Page;
}
const idsOf = async (query: string) => (await list(query)).jobs.map(({ id }) => id);
const refusal = async (path: string) => {
  const answer = await get(api, path);
  const { code, detail } = answer.json();
  return [answer.status, code, detail];
};

/** All pages of a list, each of `limit` jobs. */
async function allPages(query: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await list(`${query}&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    ids.push(...page.jobs.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return ids;
}

describe('a list of jobs', () => {
  test('shows each once over all pages, in both orders', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.push(await insertLetter(api.pool, { created_at: minute(n >> 1) }));
    const newest = await allPages('order=newest', 2);
    expect([...newest].sort()).toEqual([...ids].sort());
    expect(await allPages('order=oldest', 3)).toEqual([...newest].reverse());
  });

  test('goes on where it ended also when jobs come in meanwhile', async () => {
    for (let n = 0; n < 4; n += 1) await insertLetter(api.pool, { created_at: minute(n) });
    const first = await list('limit=2');
    await insertLetter(api.pool, { created_at: minute(9) });
    const second = await list(`limit=2&cursor=${first.nextCursor}`);
    expect(new Set([...first.jobs, ...second.jobs].map(({ id }) => id)).size).toBe(4);
    expect(second.nextCursor).toBeNull();
  });

  test.each([
    ['queued', { priority: 3 }],
    ['delayed', { run_at: new Date(Date.now() + 60_000) }],
    ['processing', inFlight],
  ])('of the state %s goes page by page, along its index', async (status, fields) => {
    await insertLetter(api.pool, status === 'queued' ? inFlight : {});
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push(await insertLetter(api.pool, fields));
    for (const order of ['newest', 'oldest']) {
      const found = await allPages(`status=${status}&order=${order}`, 2);
      expect([...found].sort()).toEqual([...ids].sort());
    }
  });

  test('of failed jobs is in the order in which they failed', async () => {
    const early = await insertFailedLetter(api.pool, { failedAt: minute(1) });
    const late = await insertFailedLetter(api.pool, { failedAt: minute(2) });
    expect(await idsOf('status=failed')).toEqual([late, early]);
    expect(await idsOf('status=failed&endedBefore=2026-01-01T00:02:00Z')).toEqual([early]);
    expect(await idsOf('endedAfter=2026-01-01T00:02:00Z')).toEqual([late]);
  });

  test('takes those with a code, a key, a text, a time and a value of a column', async () => {
    const one = await insertFailedLetter(api.pool, {
      code: 'LOST',
      message: 'it is 100% LOST',
      customer: 'acme',
    });
    const two = await insertLetter(api.pool, { title: 'to_acme', customer: 'other', created_at: minute(0) });
    expect(await idsOf('code=LOST,GONE')).toEqual([one]);
    expect(await idsOf('key=acme')).toEqual([one]);
    expect(await idsOf('q=100%25%20lost')).toEqual([one]);
    expect(await idsOf('q=o_a')).toEqual([two]);
    expect(await idsOf(`q=${two.slice(0, 13).toUpperCase()}`)).toEqual([two]);
    expect(await idsOf('createdBefore=2026-01-01T00:00:01Z')).toEqual([two]);
    expect(await idsOf('column.title=to_acme&column.attempt=0')).toEqual([two]);
    expect(await idsOf('status=queued,failed&order=oldest')).toEqual([two, one]);
  });

  test('ends a page that looked at many rows, and goes on from there', async () => {
    await api.pool.query(
      `INSERT INTO letters (created_at) SELECT '2026-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, 20005) AS n`,
    );
    const oldest = await insertLetter(api.pool, { title: 'found', created_at: new Date(0) });
    const first = await list('q=found');
    expect(first.jobs).toEqual([]);
    const second = await list(`q=found&cursor=${first.nextCursor}`);
    expect(second.jobs.map(({ id }) => id)).toEqual([oldest]);
    expect(second.nextCursor).toBeNull();
  });
});

describe('a list of jobs refuses', () => {
  const jobs = '/api/queues/letters/jobs';
  test.each([
    [
      'a queue that is not there',
      '/api/queues/nothing/jobs',
      404,
      'NO_SUCH_QUEUE',
      /"nothing"; known are letters/,
    ],
    ['a key where there are none', '/api/queues/redrives/jobs?key=x', 400, 'NO_KEYS', /redrives have no key/],
    [
      'another state',
      `${jobs}?status=done`,
      400,
      'BAD_STATUS',
      /status must be one of queued, .*; got "done"/,
    ],
    ['another order', `${jobs}?order=up`, 400, 'BAD_ORDER', /order must be one of newest, oldest; got "up"/],
    [
      'a limit of 0',
      `${jobs}?limit=0`,
      400,
      'BAD_LIMIT',
      /limit must be a whole number from 1 to 200; got "0"/,
    ],
    ['a time without a zone', `${jobs}?createdAfter=2026-01-01`, 400, 'BAD_CREATED_AFTER', /with its zone/],
    ['a parameter twice', `${jobs}?key=a&key=b`, 400, 'REPEATED_PARAMETER', /key/],
    [
      'a parameter that is not known',
      `${jobs}?state=x`,
      400,
      'UNKNOWN_PARAMETER',
      /"state"; known are status,/,
    ],
    [
      'a column that is not there',
      `${jobs}?column.nothing=1`,
      400,
      'NO_SUCH_COLUMN',
      /"nothing"; they have attempt,/,
    ],
    ['a column of every object', `${jobs}?column.__proto__=1`, 400, 'NO_SUCH_COLUMN', /"__proto__"/],
    ['SQL for a column', `${jobs}?column.id"%20OR%201=1--=1`, 400, 'NO_SUCH_COLUMN', /no column/],
    ['NUL in a value of a column', `${jobs}?column.title=%00`, 400, 'BAD_COLUMN_VALUE', /NUL/],
    ['NUL in a text', `${jobs}?q=%00`, 400, 'BAD_Q', /NUL/],
    ['a long text', `${jobs}?q=${'x'.repeat(201)}`, 400, 'BAD_Q', /at most 200 characters/],
    ['a cursor of its own', `${jobs}?cursor=x`, 400, 'BAD_CURSOR', /nextCursor/],
  ])('%s', async (_, path, status, code, detail) => {
    expect(await refusal(path)).toEqual([status, code, expect.stringMatching(detail)]);
  });

  test.each([
    [['failed', '2026-01-01', 'x']],
    [['all', '2026-01-01', "x'; DROP TABLE letters"]],
    [['all', '31 February', '3a474e14-3545-40fd-8138-013e50a02af7']],
    [['all', '\0', '3a474e14-3545-40fd-8138-013e50a02af7']],
    [['all', { toString: 1 }, []]],
  ])('the forged cursor %j', async (place) => {
    const cursor = Buffer.from(JSON.stringify(place)).toString('base64url');
    await insertLetter(api.pool);
    expect((await refusal(`${jobs}?cursor=${cursor}`)).slice(0, 2)).toEqual([400, 'BAD_CURSOR']);
  });
});

test('jobs are counted by the same filter', async () => {
  await insertFailedLetter(api.pool, { code: 'LOST' });
  await insertFailedLetter(api.pool);
  await insertLetter(api.pool);
  const count = async (query: string) => (await get(api, `/api/queues/letters/jobs/count?${query}`)).json();
  expect(await count('')).toEqual({ count: 3, countedUpTo: 10_000, more: false });
  expect(await count('status=failed')).toEqual({ count: 2, countedUpTo: 10_000, more: false });
  expect(await count('status=failed&code=LOST')).toEqual({ count: 1, countedUpTo: 10_000, more: false });
  expect(await count('column.title=none')).toMatchObject({ count: 0 });
});

describe('one job', () => {
  test('is shown with all of its row', async () => {
    const id = await insertFailedLetter(api.pool, { code: 'LOST', message: 'it is lost', customer: 'acme' });
    await api.pool.query(`UPDATE letters SET enclosure = $2 WHERE id = $1`, [id, 'x'.repeat(5000)]);
    expect((await get(api, `/api/queues/letters/jobs/${id.toUpperCase()}`)).json()).toMatchObject({
      queue: 'letters',
      id,
      status: 'failed',
      word: 'failed',
      label: 'a letter',
      key: 'acme',
      attempt: 1,
      error: { code: 'LOST', message: 'it is lost' },
      workflowId: id,
      runId: `run of ${id}`,
      temporalUrl: null,
      columns: { stage: 'written', enclosure: `${'x'.repeat(1000)}…` },
      question: null,
      ledger: { claimed: expect.any(String), mirrored: null },
    });
  });

  test.each([
    ['http://127.0.0.1:8233', 'default', 'http://127.0.0.1:8233/namespaces/default'],
    ['https://temporal.example', 'my space', 'https://temporal.example/namespaces/my%20space'],
    ['https://temporal.example/namespaces/jobs', 'other', 'https://temporal.example/namespaces/jobs'],
  ])("is linked in Temporal's Web UI at %s", async (address, namespace, shown) => {
    const id = await insertFailedLetter(api.pool);
    const app = await createApi({ ...api.deps, temporalUi: namespaceAt(address, namespace) });
    const answer = await app.inject({
      url: `/api/queues/letters/jobs/${id}`,
      headers: { host: 'localhost' },
    });
    expect(answer.json()['temporalUrl']).toBe(`${shown}/workflows/${id}/run%20of%20${id}/history`);
    await app.close();
  });

  test('has its events, page by page', async () => {
    const id = await insertFailedLetter(api.pool);
    const path = `/api/queues/letters/jobs/${id}/events`;
    const first = (await get(api, `${path}?limit=2`)).json();
    expect(first).toMatchObject({
      events: [
        { queue: 'letters', jobId: id, from: null, to: 'queued', actor: 'test' },
        { from: 'queued', to: 'processing', attempt: 1 },
      ],
      nextCursor: expect.any(String),
    });
    const second = (await get(api, `${path}?limit=2&cursor=${first['nextCursor']}`)).json();
    expect(second).toMatchObject({ events: [{ to: 'failed', code: 'CARRIER_AWAY' }], nextCursor: null });
  });

  test.each([
    ['x', 400, 'BAD_JOB_ID', /is a UUID; got "x"/],
    ["'%3B%20DROP%20TABLE%20letters", 400, 'BAD_JOB_ID', /UUID/],
    ['3a474e14-3545-40fd-8138-013e50a02af7', 404, 'NO_SUCH_JOB', /has no job "3a47/],
  ])('%s is refused', async (id, status, code, detail) => {
    expect(await refusal(`/api/queues/letters/jobs/${id}`)).toEqual([
      status,
      code,
      expect.stringMatching(detail),
    ]);
  });
});
