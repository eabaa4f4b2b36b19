import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiTypes, apiTypesFile, openApiDocument } from '../../../scripts/api-types.ts';
import { createApi } from '../../../src/api/api.ts';
import type { paths } from '../../../web/src/api/openapi.d.ts';
import { get } from '../../support/http.ts';
import { startTestApi, type TestApi } from '../../support/server-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

type Operations = Record<string, { summary?: string; responses?: object; security?: object[] }>;
const served = async () =>
  (await get(api, '/api/openapi.json')).json() as unknown as {
    openapi: string;
    paths: Record<string, Operations>;
  };

test('the document has every route of the API and of the pipelines, with its scope', async () => {
  const routes: string[] = [];
  const listed = await createApi(api.deps, ({ method, url }) => {
    const isDocumented = url.startsWith('/api/') && !/^\/api\/(docs|openapi.json)/.test(url);
    if (method !== 'HEAD' && isDocumented) routes.push(`${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  await listed.close();
  const document = await served();
  expect(document.openapi).toBe('3.1.0');
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(documented.toSorted()).toEqual(routes.toSorted());
  for (const operations of Object.values(document.paths)) {
    for (const { security, responses } of Object.values(operations)) {
      expect(security).toEqual([{ token: [expect.stringMatching(/^(read|write|operate)$/)] }]);
      expect(responses).toMatchObject({ default: { content: { 'application/problem+json': {} } } });
    }
  }
});

test('every reference in the document leads somewhere', async () => {
  const text = JSON.stringify(await openApiDocument());
  const names = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
  const { components } = JSON.parse(text);
  expect(names.size).toBeGreaterThan(10);
  expect([...names].filter((name) => !(String(name) in components.schemas))).toEqual([]);
});

test('the types of the typed client are up to date: npm run api-types', async () => {
  expect(readFileSync(apiTypesFile, 'utf8')).toBe(await apiTypes());
});

test('a typed client reads queues and jobs', async () => {
  const client = createClient<paths>({ baseUrl: api.url });
  await api.pool.query(`INSERT INTO jobs (upload_path, customer) VALUES ('a.pdf', 'acme')`);
  const { data: page } = await client.GET('/api/queues/{queue}/jobs', {
    params: { path: { queue: 'invoices' }, query: { status: 'queued', limit: 5 } },
  });
  expect(page?.jobs.map(({ key, label }) => [key, label])).toEqual([['acme', 'document.pdf']]);
  const { error } = await client.POST('/api/queues/{queue}/jobs/{id}/retry', {
    params: { path: { queue: 'invoices', id: page?.jobs[0]?.id ?? '' } },
    body: {},
  });
  expect(error).toMatchObject({ code: 'WRONG_STATE', status: 409 });
});

test('the page to try the API holds nothing inline and loads nothing of other hosts', async () => {
  const page = await get(api, '/api/docs');
  expect(page.status).toBe(200);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toMatch(/https?:/);
  expect(page.text).not.toMatch(/<style|<script(?! src)| style=|https?:\/\//);
  for (const [, path] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect((await get(api, String(path))).status).toBe(200);
  }
});
