import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HealthCheck, readiness } from './health.ts';
import { metrics, readMetrics } from './metrics.ts';

interface Health {
  url: string;
  close(): Promise<void>;
}

/** What is served on a port of this process, by how many of its roles. */
interface Served {
  roles: number;
  checks: Set<Iterable<HealthCheck>>;
  server: Promise<Health>;
}

const servedPorts = new Map<number, Served>();

/**
 * Answers `/health/live`, `/health/ready` and `/metrics` on `host`, for roles that have no HTTP of their own.
 * `live` is 200 as long as the process turns; `ready` is 503 with the reasons while a check fails. Roles of one process
 * that are given the same port answer together, until the last of them closes. Checks are looked at anew for each answer.
 */
export async function serveHealth(
  port: number,
  checks: Iterable<HealthCheck>,
  host = '127.0.0.1',
): Promise<Health> {
  const served = servedPorts.get(port) ?? serve(port, host);
  if (port !== 0) servedPorts.set(port, served);
  served.roles += 1;
  served.checks.add(checks);
  const leave = async () => {
    served.roles -= 1;
    served.checks.delete(checks);
    if (served.roles > 0) return;
    servedPorts.delete(port);
    await (await served.server).close();
  };
  const { url } = await served.server.catch((error: unknown) => {
    servedPorts.delete(port);
    throw error;
  });
  return { url, close: leave };
}

function serve(port: number, host: string): Served {
  const checks: Served['checks'] = new Set();
  return { roles: 0, checks, server: listen(port, host, checks) };
}

async function listen(port: number, host: string, checks: Served['checks']): Promise<Health> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/health/live') answer(200, { status: 'ok' });
    else if (request.url === '/health/ready') {
      void readiness([...checks].flatMap((some) => [...some])).then((report) =>
        answer(report.status === 'ok' ? 200 : 503, report),
      );
    } else if (request.url === '/metrics') {
      void readMetrics().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        (error: unknown) => answer(500, { status: String(error) }),
      );
    } else answer(404, { status: 'not found' });
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail).listen(port, host, done);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
