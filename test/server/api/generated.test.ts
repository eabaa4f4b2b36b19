import fc from 'fast-check';
import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createApi } from '../../../src/api/api.ts';
import { sendJson } from '../../support/http.ts';
import { startTestApi, type TestApi } from '../../support/server-api.ts';

const runsOfRoute = 25;
const unknownId = '3a474e14-3545-40fd-8138-013e50a02af7';

let api: TestApi;
let ids: string[];
const routes: RouteOptions[] = [];
beforeAll(async () => {
  api = await startTestApi();
  await api.pool.query(`SELECT switchyard.create_queue('mails', 'sendMail', 'mailers')`);
  const { rows } = await api.pool.query<{ id: string }>(
    `INSERT INTO jobs (upload_path, customer, priority)
     SELECT 'a.pdf', 'acme ' || n % 3, n % 4 FROM generate_series(1, 30) AS n RETURNING id::text AS id`,
  );
  const mails = await api.pool.query<{ id: string }>(
    `SELECT switchyard.enqueue('mails', '{"n": 1}')::text AS id FROM generate_series(1, 10)`,
  );
  ids = [...rows, ...mails.rows].map(({ id }) => id);
  const listed = await createApi(api.deps, (route) => {
    const isTried = String(route.method) !== 'HEAD' && route.url.startsWith('/api/');
    // Logs and events are followed, and uploads are no JSON.
    if (isTried && !/docs|openapi|^\/api\/events$|\/log$|\/upload$/.test(route.url)) routes.push(route);
  });
  await listed.close();
});
afterAll(() => api.close());

const hostile = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    '%',
    "'; DROP TABLE jobs; --",
    '../..',
    '__proto__',
    '-1',
    '1e400',
    '9'.repeat(400),
    '\u{1f600}',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
/** Good values mostly, or the routes would refuse all at the door. */
const orHostile = (...good: string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: hostile });

const values: Record<string, fc.Arbitrary<string>> = {
  queue: orHostile('invoices', 'mails', 'builds', 'agent-runs', 'redrives', 'capture-sessions', 'webhooks'),
  key: orHostile('acme 1', 'x'),
  system: orHostile('gateway'),
  name: orHostile('ops'),
  status: orHostile(
    'queued',
    'delayed',
    'processing',
    'parked',
    'complete',
    'failed',
    'canceled',
    'queued,failed',
    'other',
  ),
  order: orHostile('newest', 'oldest'),
  limit: orHostile('1', '3', '200', '201'),
  createdAfter: orHostile('2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z'),
  preview: orHostile('true', 'true', 'false'),
};
const inputOf = (name: string): fc.Arbitrary<string> =>
  name === 'id' ? orHostile(...ids, unknownId, '1') : (values[name] ?? hostile);

/** The fields of a body of this schema, each good, hostile, or any JSON. */
function bodyOf(schema: unknown): fc.Arbitrary<unknown> {
  const any = fc.jsonValue({ maxDepth: 2 });
  if (!(schema instanceof z.ZodObject)) return any;
  const good: Record<string, fc.Arbitrary<unknown>> = {
    queue: fc.constantFrom('invoices', 'mails'),
    reason: fc.constant('generated'),
    action: fc.constantFrom('retry', 'cancel'),
    columns: fc.constantFrom({ priority: '1' }, { input: '{"n": 1}' }, { key: 'x' }),
    runAt: fc.constantFrom(null, '2030-01-01T00:00:00Z'),
    priority: fc.constantFrom(0, -2_147_483_648, 2_147_483_647),
    inFlight: fc.constantFrom(0, 7),
    name: fc.constant('hurry'),
  };
  const fields = Object.keys(schema.shape).map((name): [string, fc.Arbitrary<unknown>] => [
    name,
    fc.oneof({ weight: 4, arbitrary: good[name] ?? any }, { weight: 1, arbitrary: fc.oneof(hostile, any) }),
  ]);
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record(Object.fromEntries(fields), {
        requiredKeys: ['reason', 'queue', 'name'].filter((name) => name in schema.shape),
      }),
    },
    { weight: 1, arbitrary: any },
  );
}

const parameterNames = (url: string, schema: unknown): string[] => [
  ...(schema instanceof z.ZodObject ? Object.keys(schema.shape) : ['limit']),
  ...(/\/jobs(\/count)?$/.test(url) ? ['column.priority', 'column.input'] : []),
];

test('no route fails, whatever it is sent, and each answers what its schema says', async () => {
  expect(routes.length).toBeGreaterThan(40);
  let taken = 0;
  for (const route of routes) {
    const method = String(route.method);
    const { querystring, body, response } = (route.schema ?? {}) as Record<string, unknown>;
    const inPath = [...route.url.matchAll(/:(\w+)/g)].map(([, name]) => String(name));
    const names = parameterNames(route.url, querystring);
    const request = fc.record({
      path: fc.tuple(...inPath.map(inputOf)),
      query: fc
        .subarray(names, { maxLength: Math.min(2, names.length) })
        .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, inputOf(name)])))),
      body: bodyOf(body),
    });
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const path = inPath.reduce(
          (url, name, at) => url.replace(`:${name}`, encodeURIComponent(sent.path[at] ?? '')),
          route.url,
        );
        const url = `${path}?${new URLSearchParams(sent.query)}`;
        const withBody = method !== 'GET' && method !== 'DELETE';
        const answer = await sendJson(api, method, url, withBody ? JSON.stringify(sent.body) : undefined);
        expect([method, url, answer.text, answer.status < 500]).toEqual([method, url, answer.text, true]);
        if (answer.status < 300) taken += 1;
        if (answer.status >= 400)
          expect(answer.json()).toMatchObject({ code: expect.stringMatching(/^[A-Z_0-9]+$/) });
        const schema = (response as Record<number, unknown> | undefined)?.[answer.status];
        if (schema instanceof z.ZodType) expect(schema.safeParse(answer.json()).error).toBeUndefined();
      }),
      { numRuns: runsOfRoute },
    );
  }
  // Most of them would else be refused at the door.
  expect(taken).toBeGreaterThan(routes.length * runsOfRoute * 0.2);
});
