import { deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { loadSettings, settingsTable } from '../../../server/settings.ts';
import { SetupError } from '../../../src/platform/errors.ts';
import { nothingOpen, type Target } from '../target.ts';

/** Stands in every secret that is made up here, and must stand in no error. */
const secret = 'hunter2';
const names = Object.values(settingsTable).map(({ name }) => name);
const secretNames: readonly string[] = Object.values(settingsTable)
  .filter((setting) => setting.secret)
  .map(({ name }) => name);

/** An environment holds any text but NUL, and no half letters. */
const anyText = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));
const almost = fc.constantFrom(
  ...['', ' ', '0', '-0', '-1', '1', '00012', '1e3', '0x10', '1.5', ' 5 ', '９', '٣', 'NaN', 'Infinity'],
  ...['9'.repeat(400), '9007199254740993', '2147483648', '65535', '65536', 'true', 'on', 'off', 'auto'],
  ...['starter', 'starter,', ',', 'starter,worker,api,gateway', 'api,api', '__proto__', 'constructor'],
  ...[
    'http://gateway',
    'HTTP://GATEWAY:8000///',
    'http://',
    'http:gateway',
    'http://[::1]:8000',
    'http://a:99999',
  ],
  ...[`http://u:${secret}@gateway`, `ftp://u:${secret}@gateway`, 'http://gateway/?a=b', 'http://gateway#x'],
  ...[
    'javascript:alert(1)',
    'file:///etc/passwd',
    '../../..',
    '/',
    'a\nb',
    'a\r\nX: y',
    '\u202e',
    '😀',
    'x'.repeat(5_000),
  ],
);
const secrets = fc.constantFrom(
  ...[`mysql://root:${secret}@db`, `postgres://u:${secret}@`, `${secret}`, `postgres://u:${secret}@[::1/db`],
  ...[
    `postgres://u:${secret}@db:99999/x`,
    `postgresql://u:${secret}@db/x?sslmode=${secret}`,
    `\u0001${secret}`,
  ],
);
const values = (most: number) =>
  fc.dictionary(fc.constantFrom(...names), fc.oneof(almost, anyText), { minKeys: 1, maxKeys: most });
const environments = fc
  .oneof(values(1), values(8))
  .chain((env) =>
    fc
      .record(Object.fromEntries(secretNames.map((name) => [name, fc.option(secrets, { nil: '', freq: 1 })])))
      .map((hidden) => ({ ...env, ...hidden })),
  );

/** Whether the process may start with this value: by `loadSettings` alone with it. */
const isWrong = (name: string, value: string): boolean => {
  try {
    loadSettings({ [name]: value });
    return false;
  } catch {
    return true;
  }
};

function check(env: Record<string, string>): void {
  const wrong = Object.entries(env).flatMap(([name, value]) => (isWrong(name, value) ? [name] : []));
  try {
    const settings = loadSettings(env);
    deepEqual(wrong, []);
    for (const value of Object.values(settings)) ok(typeof value !== 'number' || Number.isSafeInteger(value));
    const call = new URL(`${settings.gatewayUrl}/process`);
    ok(call.pathname.endsWith('/process') && call.search === '' && call.hash === '', settings.gatewayUrl);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const told = error.message
      .split('\n  ')
      .slice(1)
      .map((line) => line.split(' ', 1)[0]);
    deepEqual(told.toSorted(), wrong.toSorted());
    ok(!error.message.includes(secret), error.message);
  }
}

export const settings: Target = {
  name: 'settings',
  about: 'loadSettings: valid settings or an error that names each wrong one and no secret',
  cases: 14_000,
  shortCases: 300,
  open: async () => ({
    ...nothingOpen,
    property: fc.asyncProperty(environments, async (env) => check(env as Record<string, string>)),
  }),
};
