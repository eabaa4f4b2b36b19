import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { api } from '../../../server/roles/api.ts';
import { loadSettings } from '../../../server/settings.ts';
import { createToken, revokeToken } from '../../../src/api/tokens.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { SetupError } from '../../../src/platform/errors.ts';
import { createTestDatabase } from '../../support/database.ts';
import { multipartBody, multipartType, pdf, pdfPart, send } from '../../support/http.ts';
import { recordingLogger } from '../../support/logger.ts';
import { createRoleLogins } from '../../support/role-logins.ts';
import { until } from '../../support/until.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: string;
beforeEach(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'switchyard-api-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function withPool<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
  });
  return work(pool).finally(() => pool.end());
}

/** The API as a process runs it. */
async function run(environment: Record<string, string> = {}) {
  const settings = loadSettings({
    DATABASE_URL: database.url,
    UPLOAD_ROOT: join(folder, 'uploads'),
    RESULT_ROOT: folder,
    API_PORT: '0',
    ...environment,
  });
  const { log, lines } = recordingLogger();
  const stop = new AbortController();
  const ended = api({ settings, log, signal: stop.signal });
  const url = await Promise.race([
    until(async () => lines.find((line) => line['msg'] === 'API listens')?.['url'] as string | undefined),
    ended.then(() => 'ended early'),
  ]);
  return { url, stop: () => stop.abort(), ended };
}

function beginUpload(url: string) {
  const body = multipartBody([pdfPart({ value: Buffer.concat([pdf, Buffer.alloc(10_000)]) })]);
  const outgoing = request(`${url}/api/upload`, {
    method: 'POST',
    headers: { 'content-type': multipartType, 'content-length': body.length },
    agent: false,
  });
  outgoing.on('error', () => undefined);
  outgoing.write(body.subarray(0, 5_000));
  return { outgoing, rest: body.subarray(5_000) };
}

const uploads = () => readdir(join(folder, 'uploads'));

describe('the API process', () => {
  test('says where it listens, and ends at the signal', async () => {
    const api = await run();
    expect((await send(`${api.url}/health/ready`)).status).toBe(200);
    api.stop();
    await api.ended;
    await expect(send(`${api.url}/health/live`)).rejects.toThrow('ECONNREFUSED');
  });

  test('takes no new requests while it ends, but lets a running upload finish', async () => {
    const api = await run();
    const { outgoing, rest } = beginUpload(api.url);
    await until(async () => (await uploads()).length === 1);
    api.stop();
    await until(async () =>
      send(`${api.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    outgoing.end(rest);
    const [response] = await once(outgoing, 'response');
    expect(response.statusCode).toBe(202);
    response.resume();
    await api.ended;
    expect(await uploads()).toEqual([expect.stringMatching(/\.pdf$/)]);
  });

  test('breaks off what takes longer than the grace time, and leaves nothing of it', async () => {
    const api = await run({ SHUTDOWN_GRACE_TIME: '50' });
    beginUpload(api.url);
    await until(async () => (await uploads()).length === 1);
    api.stop();
    await api.ended;
    await until(async () => (await uploads()).length === 0);
  });

  test('refuses a port that is taken, naming the setting', async () => {
    const first = await run();
    const { port } = new URL(first.url);
    await expect(run({ API_PORT: port })).rejects.toThrow(
      `127.0.0.1:${port} (EADDRINUSE). Set API_HOST and API_PORT`,
    );
    first.stop();
    await first.ended;
  });

  test('does not listen for other machines while there is no token, and says how to make one', async () => {
    for (const host of ['0.0.0.0', '::', 'example.invalid']) {
      const started = run({ API_HOST: host });
      await expect(started).rejects.toThrow(SetupError);
      await expect(started).rejects.toThrow(`API_HOST is ${host}`);
      await expect(started).rejects.toThrow('npm run token -- create NAME');
    }
  });

  test('does not listen for other machines with a token that is used up', async () => {
    await withPool(async (pool) => {
      await createToken(pool, { name: 'old', scopes: ['read'], lifetimeMs: undefined });
      await revokeToken(pool, 'old');
    });
    await expect(run({ API_HOST: '0.0.0.0' })).rejects.toThrow('there is no token');
  });

  test('listens for other machines once there is a token', async () => {
    const token = await withPool((pool) =>
      createToken(pool, { name: 'me', scopes: ['read'], lifetimeMs: undefined }),
    );
    const api = await run({ API_HOST: '0.0.0.0' });
    const url = `http://127.0.0.1:${new URL(api.url).port}/api/jobs`;
    expect((await send(url)).status).toBe(401);
    expect((await send(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    api.stop();
    await api.ended;
  });

  test('starts and answers also while the database is away', async () => {
    const api = await run({ DATABASE_URL: 'postgres://postgres@127.0.0.1:1/nowhere' });
    expect((await send(`${api.url}/health/live`)).status).toBe(200);
    expect((await send(`${api.url}/health/ready`)).status).toBe(503);
    api.stop();
    await api.ended;
  });
});

test('is refused where its role lacks a right, which is named', async () => {
  const logins = await createRoleLogins();
  await withPool((pool) => pool.query('REVOKE INSERT ON jobs FROM switchyard_api'));
  const started = run({ DATABASE_URL: logins.urlAs('api', database.url) });
  await expect(started.then(({ ended }) => ended)).rejects.toThrow(
    /may not INSERT public\.jobs; GRANT INSERT ON public\.jobs TO "test_api_/,
  );
  await logins.drop();
});
