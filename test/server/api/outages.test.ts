import { randomUUID } from 'node:crypto';
import type { RouteOptions } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../../src/api/api.ts';
import { toProblem } from '../../../src/api/problems.ts';
import { administer } from '../../support/database.ts';
import { get, pdfPart, send, sendJson, upload } from '../../support/http.ts';
import { startTestApi, type TestApi } from '../../support/server-api.ts';

describe('while the database takes no writes', () => {
  let api: TestApi;
  let readOnly: (value: 'on' | 'off') => Promise<void>;
  beforeAll(async () => {
    api = await startTestApi();
    const name = new URL(api.databaseUrl).pathname.slice(1);
    readOnly = async (value) => {
      await administer(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
      await administer(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
      );
    };
  });
  afterAll(() => api.close());

  test('changes get 503 with Retry-After, reads are answered, and the API is not ready', async () => {
    await readOnly('on');
    const answers = [
      await upload(api, [pdfPart()]),
      await sendJson(api, 'POST', '/api/queues/invoices/pause', { reason: 'maintenance' }),
      await sendJson(api, 'POST', `/api/jobs/${randomUUID()}/cancel`, {}),
      await sendJson(api, 'POST', '/api/builds', { repository: '/srv/x.git' }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers).toMatchObject({
        'retry-after': '5',
        'content-type': expect.stringContaining('application/problem+json'),
      });
      expect(answer.json()).toMatchObject({
        code: 'DATABASE_AWAY',
        detail: 'the database is read-only (SQLSTATE 25006); try again in a few seconds',
      });
    }
    expect(await api.uploads()).toEqual([]);
    expect((await get(api, '/api/jobs')).status).toBe(200);
    const ready = await get(api, '/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.json()).toMatchObject({ checks: { postgres: 'the database is read-only' } });

    await readOnly('off');
    expect((await get(api, '/health/ready')).status).toBe(200);
    expect((await upload(api, [pdfPart()])).status).toBe(202);
  });
});

describe('while the database cannot be reached', () => {
  const id = randomUUID();
  const bodies: Record<string, unknown> = {
    'POST /api/queues/:queue/pause': { reason: 'x' },
    'POST /api/queues/:queue/keys/:key/pause': { reason: 'x' },
    'POST /api/systems/:system/pause': { reason: 'x' },
    'POST /api/redrives': { queue: 'invoices', reason: 'x' },
    'POST /api/builds': { repository: '/srv/x.git' },
    'POST /api/deployments': { buildId: '1', environment: 'staging' },
    'POST /api/agent-runs/:id/answer': { step: 'ask', value: {} },
    'PUT /api/queues/:queue/limits': {},
    'PATCH /api/jobs/:id': { priority: 1 },
    'PATCH /api/queues/:queue/jobs/:id': { priority: 1 },
    'POST /api/queues/:queue/jobs/:id/signal': { name: 'x' },
    'PUT /api/queues/:queue/keys/:key/limit': { inFlight: 1 },
  };
  const withoutDatabase =
    /^(\/|\/\*|\/assets\/\*|\/icon.svg|\/api\/openapi.json|\/api\/docs.*|\/api\/doctor|\/api\/mappings(\/:name)?|\/metrics|\/health\/.*)$/;

  let api: TestApi;
  const routes: [method: string, path: string][] = [];
  beforeAll(async () => {
    api = await startTestApi({ databaseUrl: () => 'postgres://postgres@127.0.0.1:1/nowhere' });
    const listed = await createApi(api.deps, ({ method, url }: RouteOptions) => {
      if (method === 'HEAD' || withoutDatabase.test(url)) return;
      routes.push([String(method), url]);
    });
    await listed.close();
  });
  afterAll(() => api.close());

  test('every route answers 503 with Retry-After', async () => {
    expect(routes.length).toBeGreaterThan(25);
    for (const [method, route] of routes) {
      const path = route
        .replace(/^(\/api\/(?:redrives|builds|deployments)\/):id/, '$11')
        .replace(':id', id)
        .replace(':queue', 'invoices')
        .replace(':system', 'gateway')
        .replace(':key', 'acme')
        .replace(':name', 'x')
        .replace(/find$/, 'find?id=x');
      const answer =
        route === '/api/upload'
          ? await upload(api, [pdfPart()])
          : method === 'GET' || method === 'DELETE'
            ? await send(`${api.url}${path}`, { method })
            : await sendJson(api, method, path, bodies[`${method} ${route}`] ?? {});
      expect([method, route, answer.status, answer.headers['retry-after']]).toEqual([
        method,
        route,
        503,
        '5',
      ]);
      expect(answer.json()).toMatchObject({ code: 'DATABASE_AWAY' });
    }
  });
});

test('an outage that a route does not look for is answered with 503 as well', () => {
  const shutDown = Object.assign(new pg.DatabaseError('terminating connection', 1, 'error'), {
    code: '57P01',
  });
  expect(toProblem(shutDown)).toMatchObject({
    status: 503,
    code: 'DATABASE_AWAY',
    headers: { 'retry-after': '5' },
  });
});
