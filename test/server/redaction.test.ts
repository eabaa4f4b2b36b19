import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { compileCache } from '../../server/dev/roles.ts';
import { loadSettings, secretValues } from '../../server/settings.ts';
import { createRedaction } from '../../src/platform/redaction.ts';
import { createTestDatabase } from '../support/database.ts';

const password = 'hunter2-p4ssword';
const apiKey = 'temporal-api-key-7e1b';
const webhookSecret = Buffer.alloc(24, 'webhook secret').toString('base64');
const payloadKey = Buffer.alloc(32, 'payload key').toString('base64');

describe('a text', () => {
  const hide = createRedaction([apiKey]);

  test.each([
    [`postgres://me:${password}@db:5432/x is away`, 'postgres://me:[hidden]@db:5432/x is away'],
    ['postgres://me:a@b:c/d@db/x', 'postgres://me:[hidden]@db/x'],
    [`http://:${password}@gateway`, 'http://:[hidden]@gateway'],
    [`key ${apiKey}, twice ${apiKey}`, 'key [hidden], twice [hidden]'],
    [`swy_${'x'.repeat(43)}`, 'swy_[hidden]'],
    ['"Bearer some-key"', '"Bearer [hidden]"'],
    ['http://127.0.0.1:3000/a and b@example.com', 'http://127.0.0.1:3000/a and b@example.com'],
  ])('%s is told as %s', (text, told) => {
    expect(hide(text)).toBe(told);
  });

  test('of a setting with a password in it is refused without the password', () => {
    const load = () => loadSettings({ GATEWAY_URL: `ftp://me:${password}@gateway` });
    expect(load).toThrow('got "ftp://…@gateway"');
  });

  test('hides Temporal’s key, those of payloads and of webhooks, but nothing so short that it may be a common word', () => {
    const env = { TEMPORAL_API_KEY: apiKey, TEMPORAL_PAYLOAD_KEYS: `a:${payloadKey},b:short` };
    const secrets = secretValues({ ...env, WEBHOOK_SECRETS: `default=whsec_${webhookSecret}` });
    expect(secrets).toEqual([apiKey, payloadKey.replace('=', ''), webhookSecret]);
  });

  test('hides the secret key and the session token of the AWS client', () => {
    const env = {
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG',
      AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEJr/token==',
    };
    expect(secretValues(env)).toEqual(Object.values(env));
  });
});

describe.concurrent('starter, worker and API with wrong credentials say what is wrong and never the secret', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  const server = () => new URL(inject('postgresUrl'));

  /** Runs `npm run serve` until its output says `enough`; answers all of it. */
  async function output(env: Record<string, string>, enough: RegExp): Promise<string> {
    const child = spawn(process.execPath, ['server/serve.ts'], {
      env: {
        ...compileCache,
        PATH: process.env['PATH'],
        ROLES: 'starter,worker,api',
        API_PORT: String(await freePort()),
        LOG_LEVEL: 'trace',
        LOG_FORMAT: 'json',
        SHUTDOWN_GRACE_TIME: '0',
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        TEMPORAL_PAYLOAD_KEYS: `a:${payloadKey}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const listen = (chunk: Buffer) => {
      text += chunk.toString();
      if (enough.test(text)) child.kill('SIGTERM');
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    await new Promise((done) => child.once('close', done));
    expect(text).toMatch(enough);
    return text;
  }

  test.each([
    ['a database that is not there', () => `${server().host}/no-such-database`, /no-such-database/],
    ['a Postgres that is not there', () => '127.0.0.1:1/x', /ECONNREFUSED/],
    ['TLS that Postgres does not have', () => `${server().host}/postgres?sslmode=require`, /SSL/],
    [
      'a certificate that is not there',
      () => `${server().host}/x?sslrootcert=/no/such/file`,
      /no\/such\/file/,
    ],
    ['an address that is none', () => 'a b:x/y', /DATABASE_URL must be/],
  ])('%s', async (_, address, enough) => {
    const text = await output({ DATABASE_URL: `postgres://postgres:${password}@${address()}` }, enough);
    expect(text).not.toContain(password);
    expect(text).not.toContain(payloadKey.replace('=', ''));
  });

  test('a Temporal that does not take the key', async () => {
    const text = await output(
      { DATABASE_URL: database.url, TEMPORAL_API_KEY: apiKey },
      /Temporal cannot be reached/,
    );
    expect(text).not.toContain(apiKey);
  });

  test('a Temporal key that cannot stand in a header', async () => {
    const key = `${apiKey}\n${password}`;
    const text = await output(
      { DATABASE_URL: database.url, TEMPORAL_API_KEY: key },
      /TEMPORAL_API_KEY must be one word/,
    );
    expect(text).not.toContain(password);
    expect(text).not.toContain(apiKey);
  });
});
