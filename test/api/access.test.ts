import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scopeOf } from '../../src/api/access.ts';
import { createApi } from '../../src/api/api.ts';
import { KnownTokens } from '../../src/api/known-tokens.ts';
import { createToken, revokeToken, type TokenScope, tokenScopes } from '../../src/api/tokens.ts';
import { createPool } from '../../src/platform/database.ts';
import { get, send } from '../support/http.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { type LettersApi, postLetter, startLettersApi } from './letters-api.ts';

const unknownToken = `swy_${'A'.repeat(43)}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
let now = 0;
let api: LettersApi;
beforeEach(async () => {
  now = 0;
  api = await startLettersApi({ now: () => now });
});
afterEach(() => api.close());

async function token(scopes: TokenScope[], lifetimeMs?: number, name = scopes.join('-')): Promise<string> {
  const made = await createToken(api.pool, { name, scopes, lifetimeMs });
  if (made === undefined) throw new Error(`the name ${name} is taken`);
  return made;
}

describe('an API on loopback', () => {
  test('asks for nothing while there is no token', async () => {
    expect((await get(api, '/api/letters')).status).toBe(200);
  });

  test('asks everybody as soon as there is one, except for its health', async () => {
    const good = await token(['read', 'write']);
    for (const path of ['/', '/api/letters', '/api/letters/x', '/api/letters/x/result', '/nowhere']) {
      const answer = await get(api, path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.json()).toMatchObject({ code: 'NO_TOKEN' });
      expect(answer.headers).toMatchObject({
        'www-authenticate': 'Bearer realm="switchyard"',
        'content-type': expect.stringContaining('application/problem+json'),
      });
    }
    expect((await postLetter(api)).status).toBe(401);
    expect(await api.countLetters()).toBe(0);
    expect((await get(api, '/health/live')).status).toBe(200);
    expect((await get(api, '/health/ready')).status).toBe(200);
    expect((await get(api, '/api/letters', bearer(good))).status).toBe(200);
    expect((await postLetter(api, bearer(good))).status).toBe(202);
  });

  test('does not open to everybody when its last token ends', async () => {
    await token(['read']);
    await revokeToken(api.pool, 'read');
    expect((await get(api, '/api/letters')).status).toBe(401);
  });
});

describe('an API beyond loopback', () => {
  test('asks for a token also while there is none', async () => {
    const open = await startLettersApi({ apiHost: '0.0.0.0' });
    try {
      expect((await get(open, '/api/letters')).status).toBe(401);
      expect((await get(open, '/health/live')).status).toBe(200);
    } finally {
      await open.close();
    }
  });

  test('lets nobody in while the database is away', async () => {
    const lonely = await startLettersApi({
      apiHost: '0.0.0.0',
      databaseUrl: 'postgres://postgres@127.0.0.1:1/nowhere',
    });
    try {
      const answer = await get(lonely, '/', bearer(unknownToken));
      expect(answer.status).toBe(503);
      expect(answer.json()).toMatchObject({ code: 'DATABASE_AWAY' });
    } finally {
      await lonely.close();
    }
  });
});

describe('a token', () => {
  test('opens what its scopes say and nothing else', async () => {
    const read = await token(['read']);
    const write = await token(['write']);
    const id = await insertLetter(api.pool);
    expect((await get(api, `/api/letters/${id}`, bearer(read))).status).toBe(200);
    expect((await postLetter(api, bearer(write))).status).toBe(202);

    const refused = await postLetter(api, bearer(read));
    expect(refused.status).toBe(403);
    expect(refused.headers['www-authenticate']).toMatch(/error="insufficient_scope", scope="write"/);
    expect(refused.json()).toMatchObject({
      code: 'SCOPE_MISSING',
      detail: 'the token "read" may read; POST here needs the scope write',
    });
    expect((await get(api, '/api/letters', bearer(write))).status).toBe(403);
  });

  test.each([
    ['another one', `Bearer ${unknownToken}`],
    ['with a letter more', 'GOODx'],
    ['in lower case', 'LOWER'],
    ['of another kind', 'Basic c3d5Og=='],
    ['that is empty', 'Bearer '],
    ['twice', 'GOOD, GOOD'],
    ['with SQL in it', `Bearer swy_' OR true --`],
  ])('%s is refused', async (_, header) => {
    const good = await token(['read']);
    const authorization = header
      .replaceAll('GOOD', `Bearer ${good}`)
      .replace('LOWER', `Bearer ${good.toLowerCase()}`);
    const answer = await get(api, '/api/letters', { authorization });
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'WRONG_TOKEN' });
    expect(answer.headers['www-authenticate']).toMatch('invalid_token');
    expect(answer.text).not.toContain(good.slice(4));
  });

  test('that is revoked is refused within ten seconds', async () => {
    const good = await token(['read']);
    expect((await get(api, '/api/letters', bearer(good))).status).toBe(200);
    await revokeToken(api.pool, 'read');
    now += 10_000;
    expect((await get(api, '/api/letters', bearer(good))).status).toBe(401);
  });

  test('that has expired is refused', async () => {
    const brief = await token(['read'], 3_600_000);
    expect((await get(api, '/api/letters', bearer(brief))).status).toBe(200);
    await api.pool.query(`UPDATE switchyard.api_tokens SET expires_at = clock_timestamp()`);
    now += 10_000;
    expect((await get(api, '/api/letters', bearer(brief))).status).toBe(401);
  });

  test('that was just made is known within a second', async () => {
    const first = await token(['read']);
    expect((await get(api, '/api/letters', bearer(first))).status).toBe(200);
    const second = await token(['read'], undefined, 'second');
    now += 1_000;
    expect((await get(api, '/api/letters', bearer(second))).status).toBe(200);
  });

  test('stands in the database as its SHA-256 alone, and its use to the hour', async () => {
    const good = await token(['read']);
    expect(good).toMatch(/^swy_[\w-]{43}$/);
    await get(api, '/api/letters', bearer(good));
    const row = async () => (await api.pool.query('SELECT * FROM switchyard.api_tokens')).rows[0];
    const used = (await row()).last_used_at;
    expect(used).toBeInstanceOf(Date);
    expect(JSON.stringify(await row())).not.toContain(good.slice(4));
    now += 3_600_000;
    await get(api, '/api/letters', bearer(good));
    expect((await row()).last_used_at).toEqual(used);
    await api.pool.query(`UPDATE switchyard.api_tokens SET last_used_at = now() - interval '61 minutes'`);
    now += 3_600_000;
    await get(api, '/api/letters', bearer(good));
    expect((await row()).last_used_at.getTime()).toBeGreaterThanOrEqual(used.getTime());
  });

  test('is in no log line, whether it was good or not; its name is', async () => {
    const good = await token(['read'], undefined, 'reader');
    await get(api, '/api/letters', bearer(good));
    await get(api, '/api/letters', bearer(unknownToken));
    await postLetter(api, bearer(good));
    const log = JSON.stringify(api.lines);
    expect(log).toContain('"token":"reader"');
    expect(log).not.toContain(good.slice(4));
    expect(log).not.toContain(unknownToken.slice(4));
  });
});

test('guessing costs the database one question a second', async () => {
  await token(['read']);
  const pool = createPool({
    connectionString: api.databaseUrl,
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
  });
  let asked = 0;
  pool.on('acquire', () => {
    asked += 1;
  });
  const tokens = new KnownTokens(pool, () => now);
  for (let guess = 0; guess < 1000; guess += 1) {
    now = guess * 5;
    await tokens.find(`swy_${String(guess).padStart(43, '0')}`);
  }
  await pool.end();
  expect(asked).toBe(5);
});

describe('routes', () => {
  test('ask by their method where they say nothing: what may change something asks for the most', () => {
    expect(scopeOf('GET', undefined)).toBe('read');
    expect(scopeOf('HEAD', undefined)).toBe('read');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(scopeOf(method, undefined)).toBe('operate');
  });

  test('without a scope are health and the page that says so, and each other one refuses whoever has no token', async () => {
    const routes: { method: string; url: string; scope: string }[] = [];
    const app = await createApi(
      {
        settings: { apiHost: '0.0.0.0' },
        queues: [lettersQueue()],
        plugins: api.deps.plugins,
        pool: api.pool,
        tokens: new KnownTokens(api.pool),
        log: silentLogger,
      },
      (route) => {
        for (const method of [route.method].flat()) {
          routes.push({ method, url: route.url, scope: scopeOf(method, route.config?.scope) });
        }
      },
    );
    await app.ready();
    expect(routes.length).toBeGreaterThan(6);
    const open = new Set(routes.filter(({ scope }) => scope === 'public').map(({ url }) => url));
    // The files of the page are there when it is built.
    const stated = [...open].filter((url) => !/^\/(assets|icon\.svg|api\/docs)/.test(url));
    expect(stated).toEqual(['/api/openapi.json', '/health/live', '/health/ready', '/letters', '/', '/*']);
    for (const { method, url, scope } of routes) {
      if (scope === 'public') continue;
      expect(tokenScopes).toContain(scope);
      const { statusCode } = await app.inject({ method: method as 'GET', url });
      expect([method, url, statusCode]).toEqual([method, url, 401]);
    }
    await app.close();
  });
});

test('no token is asked of what another site sent: it is refused before', async () => {
  const good = await token(['read']);
  expect(
    (await send(`${api.url}/api/letters`, { headers: { ...bearer(good), host: 'evil.example' } })).status,
  ).toBe(421);
});
