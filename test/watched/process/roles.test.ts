import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';
import { runStock, type StockProcess } from './stock.ts';

/** One database with a queue, the API and all that jobs need, as a stranger runs them. */
let yard: WatchedYard;
let mail: QueueDefinition;
let all: StockProcess;
let api: StockProcess;
let url: string;
/** A job that ended ten days before the processes started. */
let old: string;
beforeAll(async () => {
  yard = await openWatchedYard();
  mail = await yard.createQueue('mail', 'echo');
  old = await insertFailed({ key: 'old', code: 'X', daysAgo: 10 });
  const env = {
    DATABASE_URL: yard.databaseUrl,
    TASK_QUEUE: `switchyard-${randomUUID()}`,
    RETENTION_JOBS_DAYS: '5',
  };
  all = runStock(['start'], env);
  api = runStock(['start', 'api'], { ...env, API_PORT: '0' });
  url = await until(async () =>
    api.lines.map((line) => line['url']).find((found) => found !== undefined),
  ).then(String);
  await until(async () => all.said('worker runs'));
}, 120_000);
afterAll(async () => {
  for (const process of [all, api]) {
    process.kill('SIGTERM');
    expect(await process.ended).toBe(0);
  }
  await yard.close();
});

const insertFailed = async (fields: { key: string; code: string; daysAgo?: number }): Promise<string> => {
  const id = randomUUID();
  await yard.pool.query(
    `INSERT INTO switchyard_jobs.mail (id, workflow_id, status, error_code, key, attempt, failed_at)
     VALUES ($1::uuid, 'mail:' || $1::text, 'failed', $2, $3, 1, now() - $4 * interval '1 day')`,
    [id, fields.code, fields.key, fields.daysAgo ?? 0],
  );
  return id;
};

const ask = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('the starter removes jobs of a queue of the registry that ended longer ago than they are kept', () =>
  until(async () => {
    const { rows } = await yard.pool.query('SELECT FROM switchyard_jobs.mail WHERE id = $1', [old]);
    return rows.length === 0;
  }));

test('the API lists, limits and pauses a queue of the registry', async () => {
  const { body } = await ask('GET', '/api/queues');
  const names = (body['queues'] as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(['letters', 'mail', 'redrives', 'webhooks']);
  const limits = await ask('PUT', '/api/queues/mail/limits', { inFlightPerKey: 3 });
  expect(limits).toMatchObject({ status: 200, body: { limits: { inFlightPerKey: 3 } } });
  expect(await ask('POST', '/api/queues/mail/pause', { reason: 'a test' })).toMatchObject({ status: 200 });
  expect(await ask('GET', '/api/queues/mail')).toMatchObject({ body: { pauses: [{ reason: 'a test' }] } });
  expect(await ask('POST', '/api/queues/mail/resume', {})).toMatchObject({ body: { resumed: true } });
  expect(await ask('GET', '/api/queues/postcards')).toMatchObject({
    status: 404,
    body: { code: 'NO_SUCH_QUEUE', known: expect.arrayContaining(['webhooks', 'redrives', 'mail']) },
  });
});

test('the API knows a queue that comes, and one that goes, within a second', async () => {
  await yard.createQueue('brief', 'echo');
  await until(async () => (await ask('GET', '/api/queues/brief')).status === 200);
  await yard.pool.query(
    `DELETE FROM switchyard.queues WHERE name = 'brief'; DROP TABLE switchyard_jobs.brief`,
  );
  expect(await ask('GET', '/api/queues/brief')).toMatchObject({ status: 404 });
  expect((await ask('GET', '/api/queues')).status).toBe(200);
});

test('a redrive sets back the jobs of a queue of the registry that it names by code and key, and they are started', async () => {
  const wanted = await insertFailed({ key: 'acme', code: 'CARD_DECLINED' });
  const others = [
    await insertFailed({ key: 'other', code: 'CARD_DECLINED' }),
    await insertFailed({ key: 'acme', code: 'TIMED_OUT' }),
  ];
  const wish = { queue: 'mail', reason: 'mended', errorCodes: ['CARD_DECLINED'], keys: ['acme'] };
  expect(await ask('POST', '/api/redrives?preview=true', wish)).toMatchObject({ body: { count: 1 } });
  const { body } = await ask('POST', '/api/redrives', wish);
  const redrive = await until(async () => {
    const found = await ask('GET', `/api/redrives/${body['id']}`);
    return ['complete', 'failed'].includes(String(found.body['status'])) && found.body;
  });
  expect(redrive).toMatchObject({ status: 'complete', requeued: 1 });
  await until(async () => (await yard.readJob(mail, wanted))['attempt'] === 2);
  for (const id of others)
    expect(await yard.readJob(mail, id)).toMatchObject({ status: 'failed', attempt: 1 });
});

test('a redrive of a queue that was dropped fails, and says so', async () => {
  const { rows } = await yard.pool.query<{ id: string }>(
    `INSERT INTO switchyard.redrives (queue, reason) VALUES ('gone', 'a test') RETURNING id::text`,
  );
  const row = await until(async () => {
    const found = await yard.pool.query('SELECT * FROM switchyard.redrives WHERE id = $1', [rows[0]?.id]);
    return found.rows[0].status === 'failed' && found.rows[0];
  });
  expect(row.error_message).toBe('there is no queue "gone"; known are webhooks, redrives, mail');
});

test.each([['starter'], ['worker'], ['api']])(
  'switchyard start %s of a database that was not migrated says what to run',
  async (role) => {
    const database = await createEmptyDatabase();
    const process = runStock(['start', role], { DATABASE_URL: database.url });
    expect(await process.ended).toBe(1);
    expect(process.errors()).toContain('Run `switchyard migrate`');
    await database.drop();
  },
);

test('switchyard start makes the schema in a database that has none', async () => {
  const database = await createEmptyDatabase();
  const process = runStock(['start'], { DATABASE_URL: database.url, TASK_QUEUE: `first-${randomUUID()}` });
  await until(async () => process.said('starter runs'));
  expect(process.said('database migrated')).toBeDefined();
  process.kill('SIGTERM');
  expect(await process.ended).toBe(0);
  await database.drop();
});

test('migrate makes what start needs, and says that there is nothing to do the next time', async () => {
  const database = await createEmptyDatabase();
  for (const said of ['database migrated', 'the database is up to date']) {
    const process = runStock(['migrate'], { DATABASE_URL: database.url });
    expect(await process.ended).toBe(0);
    expect(process.said(said)).toBeDefined();
  }
  const token = runStock(['token', 'create', 'shop', '--scopes', 'read'], { DATABASE_URL: database.url });
  expect(await token.ended).toBe(0);
  expect(String(token.lines[0]?.['msg'])).toMatch(/^swy_/);
  await database.drop();
});

test.each([['start', 'everything'], ['start', 'starter', 'worker'], ['migrate', 'now'], ['begin']])(
  '%s %s %s is answered with the usage',
  async (...args) => {
    const process = runStock(args, {});
    expect(await process.ended).toBe(2);
    expect(process.errors()).toMatch(/^usage: switchyard |^switchyard --help lists all/m);
  },
);

test('a setting that is wrong is named', async () => {
  const process = runStock(['start'], { POLL_INTERVAL: 'often', QUEUES: ',' });
  expect(await process.ended).toBe(1);
  expect(process.errors()).toMatch(/POLL_INTERVAL must be .*got "often"\n {2}QUEUES must be /);
});
