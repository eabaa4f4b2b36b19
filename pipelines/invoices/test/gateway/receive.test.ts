import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import multipart from '@fastify/multipart';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { receivePdf } from '../../gateway/receive.ts';

const bodyStart = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-1.7';
const head =
  'POST / HTTP/1.1\r\nhost: gateway\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 9999\r\n\r\n';

let folder: string;
let app: FastifyInstance;
let client: Socket;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-test-'));
});
afterEach(async () => {
  client.destroy();
  app.server.closeAllConnections();
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

/** What comes of the upload that a client begins, when the server does `before` first. */
async function received(before: (request: FastifyRequest) => Promise<void>): Promise<unknown> {
  const outcome = Promise.withResolvers<unknown>();
  app = fastify();
  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false });
  app.post('/', async (request) => {
    await before(request);
    const options = { path: join(folder, 'document.pdf'), maxBytes: 100_000, readMapping: String };
    outcome.resolve(await receivePdf(request, options).catch((error: unknown) => error));
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  client.write(head + bodyStart);
  return outcome.promise;
}

function goneBefore(request: FastifyRequest): Promise<void> {
  return new Promise((done) => {
    request.raw.once('close', done);
    client.destroy();
  });
}

async function goneMeanwhile(request: FastifyRequest): Promise<void> {
  request.raw.once('resume', () => client.destroy());
}

test.each([
  ['before its upload is read', goneBefore],
  ['while its upload is read', goneMeanwhile],
])('a client that goes away %s is not waited for', async (_, goes) => {
  expect(await received(goes)).toMatchObject({ status: 499, code: 'CLIENT_GONE' });
});
