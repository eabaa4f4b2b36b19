import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CodecAway, isCodecAway, remoteCodec } from '../../src/platform/remote-codec.ts';
import { isRefusalOfOne } from '../../src/platform/temporal.ts';
import { type CodecServer, startCodecServer } from '../support/codec-server.ts';

let server: CodecServer;
beforeAll(async () => {
  server = await startCodecServer();
});
beforeEach(() => {
  server.answer = undefined;
  server.asked.length = 0;
});
afterAll(() => server.close());

const auth = 'Bearer a-secret-of-the-codec';
const codec = () => remoteCodec({ endpoint: server.endpoint, auth, namespace: 'letters' });
const payloads = [{ a: 'ä' }, null, 'x'.repeat(100_000)].map((value) =>
  defaultPayloadConverter.toPayload(value),
);

test('encodes and decodes as Temporal’s command line does', async () => {
  const encoded = await codec().encode(payloads);
  expect(encoded.map(({ metadata }) => Buffer.from(metadata?.['encoding'] ?? []).toString())).toEqual(
    payloads.map(() => 'binary/encrypted'),
  );
  const decoded = await codec().decode(encoded);
  expect(decoded.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual([
    { a: 'ä' },
    null,
    'x'.repeat(100_000),
  ]);
  expect(server.asked).toMatchObject([
    { path: '/encode', headers: { authorization: auth, 'x-namespace': 'letters' } },
    { path: '/decode' },
  ]);
});

test('{namespace} in the address stands for the namespace, escaped', async () => {
  const endpoint = `${server.endpoint}/{namespace}/codec`;
  await remoteCodec({ endpoint, namespace: 'a/b' }).encode(payloads);
  expect(server.asked).toMatchObject([{ path: '/a%2Fb/codec/encode', headers: { 'x-namespace': 'a/b' } }]);
  expect(server.asked[0]?.headers).not.toHaveProperty('authorization');
});

test('nothing is asked for nothing', async () => {
  expect(await codec().encode([])).toEqual([]);
  expect(server.asked).toEqual([]);
});

describe('counts as away, which is no refusal of a job,', () => {
  test.each([
    ['a status', { status: 401, body: 'no' }, /answered 401 to \/encode/],
    ['no JSON', { status: 200, body: '<html>' }, /its answer is no JSON/],
    ['too few payloads', { status: 200, body: '{"payloads":[]}' }, /does not have 3 payloads/],
    ['payloads that are none', { status: 200, body: '{"payloads":[1,2,3]}' }, /does not have 3 payloads/],
    ['no object', { status: 200, body: 'null' }, /does not have 3 payloads/],
    ['an endless answer', { status: 200, body: 'x'.repeat(17 * 1024 * 1024) }, /more than 16777216 bytes/],
  ])('a server that answers with %s', async (_, answer, says) => {
    server.answer = answer;
    const error = await codec()
      .encode(payloads)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CodecAway);
    expect(String(error)).toMatch(says);
    expect(isCodecAway(new Error('wrapped', { cause: error }))).toBe(true);
    expect(isRefusalOfOne(error)).toBe(false);
  });

  test('a server that is not there', async () => {
    const gone = await startCodecServer();
    await gone.close();
    const away = remoteCodec({ endpoint: gone.endpoint, auth, namespace: 'letters' });
    await expect(away.decode(payloads)).rejects.toThrow(/cannot be used \(ECONNREFUSED\)/);
  });

  test('a server that leads elsewhere, which is not told the secret', async () => {
    const elsewhere = createServer((_, response) =>
      response.writeHead(307, { location: `${server.endpoint}/encode` }).end(),
    );
    await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
    const endpoint = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    await expect(remoteCodec({ endpoint, auth, namespace: 'n' }).encode(payloads)).rejects.toThrow(CodecAway);
    expect(server.asked).toEqual([]);
    elsewhere.close();
  });
});
