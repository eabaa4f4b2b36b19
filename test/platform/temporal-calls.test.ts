import { getEventListeners } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTemporalClient } from '../../src/platform/temporal.ts';
import { until } from '../support/until.ts';

/** Speaks enough of gRPC to refuse calls and to answer them. */
let server: Http2Server;
let client: Client;
let calls: number;
let answer: (stream: ServerHttp2Stream) => void;
beforeEach(async () => {
  calls = 0;
  answer = refuse;
  server = createServer().on('stream', (stream) => {
    calls += 1;
    answer(stream);
  });
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createTemporalClient({ connection: { address }, namespace: 'letters', dataConverter: {} }, 'test');
});
afterEach(async () => {
  await client.connection.close();
  await new Promise((closed) => server.close(closed));
});

const grpc = { ':status': 200, 'content-type': 'application/grpc' };
const refuse = (stream: ServerHttp2Stream) =>
  stream.respond({ ...grpc, 'grpc-status': '14', 'grpc-message': 'not now' }, { endStream: true });
const take = (stream: ServerHttp2Stream) => {
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.respond(grpc, { waitForTrailers: true });
  stream.end(Buffer.alloc(5)); // an empty message
};
const ask = () => client.workflowService.getSystemInfo({});

test('a call that Temporal cannot take is tried again', async () => {
  answer = (stream) => (calls < 3 ? refuse : take)(stream);
  await ask();
  expect(calls).toBe(3);
});

test('a call that waits for its next try fails when its connection is closed, and harms nothing else', async () => {
  const asked = ask();
  asked.catch(() => undefined);
  await until(async () => calls > 0);
  await client.connection.close();
  await expect(asked).rejects.toThrow('14 UNAVAILABLE: not now');
});

test('calls end when their signal is aborted: while they wait for a try, for an answer, and at once afterwards', async () => {
  const stop = new AbortController();
  const askUntil = () => client.withAbortSignal(stop.signal, ask);
  answer = take;
  await askUntil();
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);

  answer = (stream) => calls % 2 === 0 && refuse(stream);
  const asked = Promise.allSettled([askUntil(), askUntil()]);
  await until(async () => calls >= 3);
  const before = calls;
  stop.abort();
  const ended = [...(await asked), ...(await Promise.allSettled([askUntil()]))];
  expect(ended).toMatchObject(ended.map(() => ({ status: 'rejected', reason: { code: 1 } })));
  expect(calls - before).toBeLessThanOrEqual(1);
});

test('a call whose deadline would pass before its next try ends with what Temporal said', async () => {
  const asked = client.withDeadline(Date.now() + 120, ask);
  await expect(asked).rejects.toThrow('14 UNAVAILABLE: not now');
});
