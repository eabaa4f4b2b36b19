import { afterAll, beforeAll, expect, test } from 'vitest';
import { scopeOf } from '../../../src/api/access.ts';
import { createApi } from '../../../src/api/api.ts';
import { KnownTokens } from '../../../src/api/known-tokens.ts';
import { tokenScopes } from '../../../src/api/tokens.ts';
import { startTestApi, type TestApi } from '../../support/server-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

test('without a scope are health and the page without its data, and each other one refuses whoever has no token', async () => {
  const routes: { method: string; url: string; scope: string }[] = [];
  const app = await createApi(
    {
      settings: { apiHost: '0.0.0.0' },
      queues: api.deps.queues,
      plugins: api.deps.plugins,
      pool: api.pool,
      tokens: new KnownTokens(api.pool),
      log: api.deps.log,
    },
    (route) => {
      for (const method of [route.method].flat()) {
        routes.push({ method, url: route.url, scope: scopeOf(method, route.config?.scope) });
      }
    },
  );
  await app.ready();
  expect(routes.length).toBeGreaterThan(25);
  const open = new Set(routes.filter(({ scope }) => scope === 'public').map(({ url }) => url));
  // The files of the page are there when it is built.
  const stated = [...open].filter((url) => !/^\/(assets|icon\.svg|api\/docs)/.test(url));
  expect(stated).toEqual(['/api/openapi.json', '/health/live', '/health/ready', '/', '/*']);
  for (const { method, url, scope } of routes) {
    if (scope === 'public') continue;
    expect(tokenScopes).toContain(scope);
    const { statusCode } = await app.inject({ method: method as 'GET', url });
    expect([method, url, statusCode]).toEqual([method, url, 401]);
  }
  await app.close();
});
