import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../server/settings.ts';
import { dataConverterOf } from '../../src/platform/payload-encryption.ts';

describe('TEMPORAL_PAYLOAD_KEYS', () => {
  const base64 = () => randomBytes(32).toString('base64');

  test('not set, encrypts nothing', () => {
    expect(dataConverterOf(loadSettings({}).temporalPayloadKeys)).toEqual({});
  });

  test('is read in its order', () => {
    const keys = loadSettings({ TEMPORAL_PAYLOAD_KEYS: `b:${base64()}, a:${base64()}` }).temporalPayloadKeys;
    expect(keys.map(({ id, key: bytes }) => [id, bytes.length])).toEqual([
      ['b', 32],
      ['a', 32],
    ]);
  });

  test.each([
    ['no id', base64()],
    ['a short key', `a:${randomBytes(16).toString('base64')}`],
    ['a key in hex', `a:${randomBytes(32).toString('hex')}`],
    ['an id twice', `a:${base64()},a:${base64()}`],
    ['nothing between commas', `a:${base64()},,b:${base64()}`],
  ])('with %s is refused without being shown', (_, value) => {
    const load = () => loadSettings({ TEMPORAL_PAYLOAD_KEYS: value });
    expect(load).toThrow(/TEMPORAL_PAYLOAD_KEYS must be a comma-separated list of id:key.*not shown/);
    expect(load).not.toThrow(value);
  });
});
