import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDataConverter } from '../../src/platform/data-converter.ts';
import { SetupError } from '../../src/platform/errors.ts';
import { encryptionOf } from '../../src/platform/temporal.ts';
import { processSettings, readSettings, secretsOf } from '../../src/settings/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-converter-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const keys = `a:${Buffer.alloc(32, 1).toString('base64')}`;
const endpoint = 'https://codec.example.com';
const read = (env: Record<string, string>) =>
  readDataConverter(readSettings(processSettings, env), 'letters');

test('at most one of keys, codec server and converter says how payloads travel', () => {
  const both = { TEMPORAL_PAYLOAD_KEYS: keys, TEMPORAL_CODEC_ENDPOINT: endpoint };
  expect(() => read(both)).toThrow(SetupError);
  expect(() => read(both)).toThrow(
    /^TEMPORAL_PAYLOAD_KEYS and TEMPORAL_CODEC_ENDPOINT are set; .*set one of them$/,
  );
  expect(() => read({ TEMPORAL_DATA_CONVERTER: 'a.js', TEMPORAL_CODEC_ENDPOINT: endpoint })).toThrow(
    /TEMPORAL_CODEC_ENDPOINT and TEMPORAL_DATA_CONVERTER are set/,
  );
  expect(() => read({ TEMPORAL_CODEC_AUTH: 'Bearer x' })).toThrow(/TEMPORAL_CODEC_ENDPOINT is not/);
  expect(read({})).toEqual({});
});

test('an address that holds more than a place is refused, and a secret is not shown', () => {
  const wrong = {
    TEMPORAL_CODEC_ENDPOINT: 'https://ada:secret@codec.example.com',
    TEMPORAL_CODEC_AUTH: 'Bearer\nx',
  };
  const failure = (() => {
    try {
      return read(wrong);
    } catch (error) {
      return String(error);
    }
  })();
  expect(failure).toMatch(/TEMPORAL_CODEC_ENDPOINT must be an http/);
  expect(failure).toMatch(/TEMPORAL_CODEC_AUTH must be one line .* got a value that is not shown/);
  expect(failure).not.toMatch(/secret/);
  const auth = 'Bearer 0123456789abcdef';
  expect(secretsOf(processSettings, { TEMPORAL_CODEC_AUTH: auth })).toEqual(['0123456789abcdef']);
});

test('a module gives the converter, and what Temporal compares is said by pseudonyms then', async () => {
  const path = join(folder, 'converter.mjs');
  await writeFile(
    path,
    `export const dataConverter = { payloadCodecs: [{ encode: async (p) => p.toReversed(), decode: async (p) => p }] };`,
  );
  const dataConverter = read({ TEMPORAL_DATA_CONVERTER: path });
  expect(dataConverter.payloadCodecs).toHaveLength(2);
  expect(await dataConverter.payloadCodecs?.[0]?.encode([{}, { data: new Uint8Array(1) }])).toHaveLength(2);
  const client = new Client({ connection: Connection.lazy(), dataConverter });
  expect(encryptionOf(client)?.pseudonymOf('acme')).toMatch(/^[0-9a-f]{64}$/);
  await client.connection.close();
});

test.each([
  ['is not there', undefined, /cannot be loaded: Cannot find module/],
  ['breaks', 'throw new Error("oh no");', /cannot be loaded: oh no/],
  ['has none', 'export const converter = {};', /must export "dataConverter"/],
])('a module that %s is refused', async (name, text, says) => {
  const path = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
  if (text !== undefined) await writeFile(path, text);
  expect(() => read({ TEMPORAL_DATA_CONVERTER: path })).toThrow(SetupError);
  expect(() => read({ TEMPORAL_DATA_CONVERTER: path })).toThrow(says);
});
