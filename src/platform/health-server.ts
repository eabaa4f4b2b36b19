import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HealthCheck, readiness } from './health.ts';
import { metrics } from './metrics.ts';

/**
 * Answers `/health/live`, `/health/ready` and `/metrics` on loopback, for roles that have no HTTP of their own.
 * `live` is 200 as long as the process turns; `ready` is 503 with the reasons while a check fails.
 */
export async function serveHealth(
  port: number,
  checks: readonly HealthCheck[],
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/health/live') answer(200, { status: 'ok' });
    else if (request.url === '/health/ready') {
      void readiness(checks).then((report) => answer(report.status === 'ok' ? 200 : 503, report));
    } else if (request.url === '/metrics') {
      void metrics.metrics().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        (error: unknown) => answer(500, { status: String(error) }),
      );
    } else answer(404, { status: 'not found' });
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail).listen(port, '127.0.0.1', done);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actual}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
