import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { problemType } from './problems.ts';
import { requireSameSite } from './same-site.ts';

/** The client's `x-request-id` where it is fit for rows, logs and headers; else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:+/=-]{1,100}$/.test(given) ? given : randomUUID();
}

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/** What every answer has, also that of an error. */
export function setResponseHeaders(reply: FastifyReply, requestId: string): void {
  reply.headers({ ...securityHeaders, 'x-request-id': requestId });
}

/** For every request: headers, the guard against other sites, and one log line when it is answered. */
export function addResponseHeaders(app: FastifyInstance, listensOn: string): void {
  app.addHook('onRequest', async (request, reply) => {
    setResponseHeaders(reply, request.id);
    requireSameSite(request, listensOn);
  });
  app.addHook('onResponse', async (request, reply) => {
    const level = request.url.startsWith('/health/') ? 'debug' : 'info';
    request.log[level](
      {
        method: request.method,
        path: request.url.split('?', 1)[0]?.slice(0, 200),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request answered',
    );
  });
  app.addHook('onRequestAbort', async (request) => {
    request.log.info({ method: request.method }, 'the client went away before its request was whole');
  });
}

/** Answers what Node could not read as HTTP, or not in time. */
export function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const title = STATUS_CODES[status];
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status,
    detail: 'this is not a whole HTTP request',
    code: 'BROKEN_HTTP',
  });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
