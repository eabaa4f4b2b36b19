import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toProblem } from '../../src/api/problems.ts';
import { createToken } from '../../src/api/tokens.ts';
import { get, send } from '../support/http.ts';
import { until } from '../support/until.ts';
import { type LettersApi, postLetter, startLettersApi } from './letters-api.ts';

let api: LettersApi;
beforeEach(async () => {
  api = await startLettersApi();
});
afterEach(() => api.close());

describe('every answer', () => {
  test.each(['/', '/api/letters', '/nowhere', '/health/live', '/%zz'])(
    'has the headers of safety and a request id: %s',
    async (path) => {
      expect((await get(api, path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    },
  );

  test('repeats a sane request id and replaces any other', async () => {
    expect((await get(api, '/', { 'x-request-id': 'trace:1.2-3' })).headers['x-request-id']).toBe(
      'trace:1.2-3',
    );
    for (const id of ['has space', 'x'.repeat(101), '<script>', '']) {
      expect((await get(api, '/', { 'x-request-id': id })).headers['x-request-id']).toMatch(
        /^[0-9a-f-]{36}$/,
      );
    }
  });

  test('that is an error is a problem with title, status, detail and code', async () => {
    const answer = await get(api, '/nowhere?x=1');
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'there is no GET "/nowhere?x=1"',
      code: 'NO_SUCH_ROUTE',
    });
    const bad = await get(api, '/%zz');
    expect(bad.status).toBe(400);
    expect(bad.headers['content-type']).toMatch('application/problem+json');
    expect((await send(`${api.url}/api/letters`, { method: 'DELETE' })).status).toBe(404);
  });

  test('is logged in one line with its request id, path and status', async () => {
    await get(api, '/api/letters?limit=1', { 'x-request-id': 'seen' });
    const line = await until(async () => api.lines.find((l) => l['msg'] === 'request answered'));
    expect(line).toMatchObject({ requestId: 'seen', method: 'GET', path: '/api/letters', status: 200 });
  });

  test('to something that is not HTTP is a problem too', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.write('HELLO\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
  });
});

describe('an error that nobody expected', () => {
  test('is 500 without its message', () => {
    const problem = toProblem(new Error('password=hunter2'));
    expect(problem).toMatchObject({ status: 500, code: 'UNEXPECTED' });
    expect(problem.message).not.toMatch('hunter2');
  });

  test('is 507 when the disk is full', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(toProblem(new Error('wrapped', { cause: full }))).toMatchObject({
      status: 507,
      code: 'DISK_FULL',
    });
  });
});

describe('a request that another site made a browser send', () => {
  const port = () => new URL(api.url).port;

  test.each([
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    '192.168.1.7',
  ])('with Host %j is refused on loopback', async (host) => {
    const answer = await get(api, '/api/letters', { host });
    expect(answer.status).toBe(421);
    expect(answer.json()).toMatchObject({ code: 'WRONG_HOST' });
  });

  test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:1', '[::1]:3000'])(
    'with Host %s is this machine’s',
    async (host) => {
      expect((await get(api, '/api/letters', { host })).status).toBe(200);
    },
  );

  test('without any Host is refused on loopback', async () => {
    const socket = connect(Number(port()), '127.0.0.1');
    socket.write('GET /api/letters HTTP/1.0\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
  });

  test('with another Origin is refused, also where the body would be fine', async () => {
    for (const origin of ['https://evil.example', 'null', `http://localhost:${Number(port()) + 1}`, 'junk']) {
      const answer = await postLetter(api, { origin });
      expect(answer.status).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'OTHER_ORIGIN' });
    }
    expect(await api.countLetters()).toBe(0);
  });

  test('to change something is refused also without Origin, where the browser says who asks', async () => {
    for (const site of ['cross-site', 'same-site', 'junk']) {
      const answer = await postLetter(api, { 'sec-fetch-site': site });
      expect([site, answer.status]).toEqual([site, 403]);
    }
    for (const site of ['same-origin', 'none']) {
      expect((await postLetter(api, { 'sec-fetch-site': site })).status).toBe(202);
    }
    expect((await get(api, '/api/letters', { 'sec-fetch-site': 'cross-site' })).status).toBe(200);
  });

  test('of its own page is served', async () => {
    expect((await postLetter(api, { origin: api.url })).status).toBe(202);
    const host = 'localhost';
    expect((await postLetter(api, { host, origin: 'http://localhost:80' })).status).toBe(202);
  });
});

test('an API that listens for others answers to any Host', async () => {
  const open = await startLettersApi({ apiHost: '0.0.0.0' });
  const token = await createToken(open.pool, {
    name: 'me',
    scopes: ['read', 'write'],
    lifetimeMs: undefined,
  });
  const authorization = `Bearer ${token}`;
  try {
    expect((await get(open, '/api/letters', { host: 'jobs.example.com', authorization })).status).toBe(200);
    const own = { authorization, host: 'jobs.example.com', origin: 'https://jobs.example.com' };
    expect((await postLetter(open, own)).status).toBe(202);
    expect((await postLetter(open, { ...own, origin: 'https://evil.example' })).status).toBe(403);
  } finally {
    await open.close();
  }
});

describe('health', () => {
  test('is live and ready', async () => {
    expect((await get(api, '/health/live')).json()).toEqual({ status: 'ok' });
    const ready = await get(api, '/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.json()).toEqual({
      status: 'ok',
      checks: { postgres: 'ok', 'letter box': 'ok' },
    });
  });

  test('is not ready without what a plugin checks, and says so', async () => {
    await rm(api.letterBox, { recursive: true });
    const ready = await get(api, '/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.json()).toMatchObject({ checks: { postgres: 'ok', 'letter box': 'ENOENT' } });
    expect((await get(api, '/health/live')).status).toBe(200);
  });

  test('is not ready without the database, and says so', async () => {
    const lonely = await startLettersApi({ databaseUrl: 'postgres://postgres@127.0.0.1:1/nowhere' });
    try {
      const ready = await get(lonely, '/health/ready');
      expect(ready.status).toBe(503);
      expect(ready.json()).toMatchObject({ checks: { postgres: 'ECONNREFUSED' } });
    } finally {
      await lonely.close();
    }
  });
});
