import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createToken } from '../../src/api/tokens.ts';
import { get } from '../support/http.ts';
import { type LettersApi, startLettersApi } from './letters-api.ts';

/** What a browser asks for when an address is opened. */
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let folder: string;
let api: LettersApi;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>the page</title>');
  await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(folder, 'assets/index-abc.js'), 'export {};');
  api = await startLettersApi({ page: folder });
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the page', () => {
  test.each(['/', '/queues/letters', '/queues/letters/jobs/1?tab=x'])(
    'is what a browser gets at %s, with nothing inline allowed',
    async (path) => {
      const answer = await get(api, path, browser);
      expect(answer.text).toContain('the page');
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        vary: expect.stringContaining('accept'),
      });
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toContain('unsafe');
    },
  );

  test('is not what a program gets: at / the list of routes, elsewhere that there is none', async () => {
    const root = (await get(api, '/')).json();
    expect(root).toMatchObject({ name: 'switchyard' });
    expect(JSON.stringify(root)).not.toContain('assets');
    expect((await get(api, '/queues/letters')).json()).toMatchObject({ code: 'NO_SUCH_ROUTE' });
  });

  test.each(['/api/nowhere', '/health/nowhere'])('is not shown at %s', async (path) => {
    const answer = await get(api, path, browser);
    expect([answer.status, answer.json()['code']]).toEqual([404, 'NO_SUCH_ROUTE']);
  });

  test('loads files that are kept for a year, for their names change with them', async () => {
    const answer = await get(api, '/assets/index-abc.js');
    expect(answer.text).toBe('export {};');
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await get(api, '/assets/index-old.js')).status).toBe(404);
    expect((await get(api, '/assets/..%2findex.html')).status).toBeGreaterThanOrEqual(400);
  });

  test('is open to everybody where the API asks for a token, and its data is not', async () => {
    await createToken(api.pool, { name: 'someone', scopes: ['read'], lifetimeMs: undefined });
    const lonely = await startLettersApi({ page: folder, databaseUrl: api.databaseUrl });
    expect((await get(lonely, '/', browser)).status).toBe(200);
    expect((await get(lonely, '/assets/index-abc.js')).status).toBe(200);
    expect((await get(lonely, '/')).status).toBe(401);
    expect((await get(lonely, '/api/queues', browser)).status).toBe(401);
    await lonely.close();
  });
});

test('where the page was not built, a browser is told how to build it', async () => {
  const unbuilt = await startLettersApi({ page: join(folder, 'nowhere') });
  const answer = await get(unbuilt, '/', browser);
  expect([answer.status, answer.text]).toEqual([503, 'The page is not built: npm run page builds it.\n']);
  await unbuilt.close();
});
