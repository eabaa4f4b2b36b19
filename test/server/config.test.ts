import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { settingsDocs } from '../../scripts/settings-docs.ts';
import { loadSettings } from '../../server/settings.ts';

describe('settings', () => {
  test('have defaults for everything', () => {
    const settings = loadSettings({});
    expect(settings.gatewayUrl).toBe('http://gateway:8000');
    expect(settings.gatewayTimeoutMs).toBe(180_000);
    expect(settings.pollIntervalMs).toBe(5000);
  });

  test('take the database from POSTGRES_DSN or TEST_DATABASE_URL where DATABASE_URL does not name it', () => {
    const [one, two, three] = ['postgres://one/x', 'postgres://two/x', 'postgres://three/x'];
    const all = { DATABASE_URL: one, POSTGRES_DSN: two, TEST_DATABASE_URL: three };
    expect(loadSettings(all).databaseUrl).toBe(one);
    expect(loadSettings({ ...all, DATABASE_URL: '' }).databaseUrl).toBe(two);
    expect(loadSettings({ TEST_DATABASE_URL: three }).databaseUrl).toBe(three);
    const wrong = () => loadSettings({ POSTGRES_DSN: 'mysql://root:hunter2@db' });
    expect(wrong).toThrow(/POSTGRES_DSN must be/);
    expect(wrong).not.toThrow(/hunter2/);
  });

  test('name a process by its host and its number there unless WORKER_ID does', () => {
    expect(loadSettings({}).workerId).toBe(`${hostname().split('.')[0]} ${process.pid}`);
    expect(loadSettings({ WORKER_ID: 'mine' }).workerId).toBe('mine');
  });

  test('treat an empty variable as not set', () => {
    expect(loadSettings({ API_PORT: '' }).apiPort).toBe(3000);
  });

  test.each([
    [
      'GATEWAY_TIMEOUT',
      'abc',
      /GATEWAY_TIMEOUT must be a whole number of milliseconds from 1 to 600000.*got "abc"/,
    ],
    ['GATEWAY_TIMEOUT', '-5', /GATEWAY_TIMEOUT must be .* got "-5"/],
    ['GATEWAY_TIMEOUT', '1e3', /GATEWAY_TIMEOUT must be .* got "1e3"/],
    [
      'GATEWAY_URL',
      'ftp://gateway',
      /GATEWAY_URL must be an http:\/\/ or https:\/\/ address.*got "ftp:\/\/gateway"/,
    ],
    ['GATEWAY_URL', 'http://gateway/?a=b', /GATEWAY_URL must be an .* without \? and #/],
    ['API_PORT', '70000', /API_PORT must be .* from 0 to 65535.*got "70000"/],
    [
      'ROLES',
      'starter,boss',
      /ROLES must be a comma-separated list of starter, worker, api, gateway.*got "starter,boss"/,
    ],
    ['HEALTH_PORT', 'x', /HEALTH_PORT must be a port/],
    ['LOG_LEVEL', 'loud', /LOG_LEVEL must be one of trace, debug/],
  ])('refuse %s=%s and say what they want', (name, value, message) => {
    expect(() => loadSettings({ [name]: value })).toThrow(message);
  });

  test('never show a secret, even an invalid one', () => {
    expect(() => loadSettings({ DATABASE_URL: 'mysql://root:hunter2@db' })).toThrow(/DATABASE_URL must be/);
    expect(() => loadSettings({ DATABASE_URL: 'mysql://root:hunter2@db' })).not.toThrow(/hunter2/);
  });

  test('never show the name and password in an address, wherever it was put', () => {
    for (const name of ['GATEWAY_URL', 'API_PORT', 'LOG_LEVEL']) {
      expect(() => loadSettings({ [name]: 'ftp://root:hunter2@db/x' })).toThrow(/got "ftp:\/\/…@db\/x"/);
    }
  });

  test('show no value at full length', () => {
    expect(() => loadSettings({ API_PORT: 'x'.repeat(10_000) })).toThrow(/got "x{200}…"$/);
  });

  test('report all problems at once', () => {
    expect(() => loadSettings({ API_PORT: 'x', POLL_INTERVAL: '1' })).toThrow(/POLL_INTERVAL[\s\S]*API_PORT/);
  });

  test.each(Object.entries(settingsDocs()))(
    'are all told in %s as they are: `npm run settings` writes it',
    (path, text) => {
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );
});
