import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payloadEncryption } from '../../src/platform/payload-encryption.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const [march, april] = [key('2026-03'), key('2026-04')];
const payload = defaultPayloadConverter.toPayload({ requestId: 'very secret' });
const encrypt = async (keys = [march]) => (await payloadEncryption(keys).encode([payload]))[0] as Payload;
const decrypt = async (encrypted: Payload, keys = [march]) => {
  const [plain] = await payloadEncryption(keys).decode([encrypted]);
  return defaultPayloadConverter.fromPayload(plain as Payload);
};
const bytesOf = (encrypted: Payload) => Buffer.from(encrypted.data as Uint8Array);

describe('payloads', () => {
  test('come back as they were, and reveal only the name of the key on their way', async () => {
    const encrypted = await encrypt();
    expect(bytesOf(encrypted).toString('latin1')).not.toMatch('secret');
    expect(Object.keys(encrypted.metadata ?? {})).toEqual(['encoding', 'encryption-key-id']);
    expect(Buffer.from(encrypted.metadata?.['encryption-key-id'] ?? []).toString()).toBe('2026-03');
    expect(await decrypt(encrypted)).toEqual({ requestId: 'very secret' });
  });

  test('that are equal never look equal', async () => {
    expect(bytesOf(await encrypt())).not.toEqual(bytesOf(await encrypt()));
  });

  test('have pseudonyms for texts that must be compared: the same each time, and others with another key', () => {
    const pseudonymOf = (keys: (typeof march)[]) => payloadEncryption(keys).pseudonymOf('acme');
    expect(pseudonymOf([march])).toMatch(/^[0-9a-f]{64}$/);
    expect(pseudonymOf([march, april])).toBe(pseudonymOf([march]));
    expect(pseudonymOf([april, march])).not.toBe(pseudonymOf([march]));
  });

  test('are encrypted with the first key and decrypted with any', async () => {
    const old = await encrypt([march]);
    const young = await encrypt([april, march]);
    expect(await decrypt(old, [april, march])).toEqual({ requestId: 'very secret' });
    expect(await decrypt(young, [april])).toEqual({ requestId: 'very secret' });
    await expect(decrypt(young, [march])).rejects.toThrow(
      'encrypted with the key "2026-04", which TEMPORAL_PAYLOAD_KEYS lacks; add it after the first',
    );
  });

  test('from before there was a key are taken as they are', async () => {
    expect(await decrypt(payload)).toEqual({ requestId: 'very secret' });
  });

  test('under another key of the same name are refused in plain words', async () => {
    await expect(decrypt(await encrypt(), [key('2026-03')])).rejects.toThrow(
      'cannot be decrypted with the key "2026-03" of TEMPORAL_PAYLOAD_KEYS',
    );
  });

  test('with any byte changed, or cut short anywhere, are refused', async () => {
    const encrypted = await encrypt();
    const whole = bytesOf(encrypted);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ change;
        await expect(decrypt({ ...encrypted, data: changed })).rejects.toThrow('TEMPORAL_PAYLOAD_KEYS');
        await expect(decrypt({ ...encrypted, data: whole.subarray(0, at) })).rejects.toThrow(
          'TEMPORAL_PAYLOAD_KEYS',
        );
      }),
    );
  });
});
