import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a test's gateway answers one call. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface TestGateway {
  url: string;
  /** Job ids of the calls that came in, in order. */
  calls: string[];
  /** How the next calls are answered. */
  answer: Answer;
  /** How `GET /health` is answered, which is no call. */
  health: Answer;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that answers, or misbehaves, as the test says. */
export async function startTestGateway(
  answer: Answer = answerXml('<invoice/>'),
  port = 0,
): Promise<TestGateway> {
  const server = createServer((request, response) => {
    const isCall = request.url !== '/health';
    if (isCall) gateway.calls.push(String(request.headers['x-job-id']));
    request.on('error', () => undefined); // a client that goes away is part of the tests
    void Promise.resolve((isCall ? gateway.answer : gateway.health)(request, response)).catch(
      (error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const gateway: TestGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    answer,
    health: answerStatus(200),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return gateway;
}

/** Reads the whole upload, as a gateway does before it answers. Answers how many bytes came. */
export async function drain(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  return bytes;
}

export function answerXml(body: string | Uint8Array): Answer {
  return answerStatus(200, { 'content-type': 'application/xml' }, body);
}

export function answerStatus(
  status: number,
  headers: Record<string, string> = {},
  body: string | Uint8Array = '',
): Answer {
  return async (request, response) => {
    await drain(request);
    response.writeHead(status, headers).end(body);
  };
}

/** An answer that is held back until `release`; `called` resolves when the call has come in. */
export function answerLater(answer: Answer): { answer: Answer; called: Promise<void>; release: () => void } {
  const called = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  return {
    answer: async (request, response) => {
      called.resolve();
      await released.promise;
      if (!response.destroyed) await answer(request, response);
    },
    called: called.promise,
    release: released.resolve,
  };
}
