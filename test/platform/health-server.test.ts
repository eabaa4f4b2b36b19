import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { serveHealth } from '../../src/platform/health-server.ts';
import { reconcilerRepairs } from '../../src/platform/metrics.ts';

/** Addresses of this machine beside loopback. */
const others = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address);

let server: Awaited<ReturnType<typeof serveHealth>>;
beforeEach(async () => {
  const down = { name: 'postgres', check: () => Promise.reject(new Error('away')) };
  server = await serveHealth(0, [down]);
});
afterEach(() => server.close());

test('what the process counts is served in the text format of Prometheus, whether it is ready or not', async () => {
  reconcilerRepairs.reset();
  reconcilerRepairs.inc({ queue: 'letters', rule: 'missing' }, 3);
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toContain(
    'switchyard_reconciler_repairs_total{queue="letters",rule="missing"} 3',
  );
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
});

test.skipIf(others.length === 0)('others reach it where it is told to listen beyond loopback', async () => {
  const [other] = others;
  const open = await serveHealth(0, [], '0.0.0.0');
  const { port } = new URL(open.url);
  expect((await fetch(`http://${other}:${port}/health/live`)).status).toBe(200);
  await open.close();
  await expect(fetch(server.url.replace('127.0.0.1', String(other)))).rejects.toThrow('fetch failed');
});

test('roles of one process that are given the same port answer together, until the last of them closes', async () => {
  const port = await freePort();
  let workerIsUp = false;
  const worker = {
    name: 'worker',
    check: async () => {
      if (!workerIsUp) throw new Error('not yet');
    },
  };
  const ready = () => fetch(`http://127.0.0.1:${port}/health/ready`).then((response) => response.json());
  const [starters, workers] = await Promise.all([
    serveHealth(port, [{ name: 'claims', check: () => Promise.resolve() }]),
    serveHealth(port, [worker]),
  ]);
  expect(await ready()).toEqual({ status: 'unavailable', checks: { claims: 'ok', worker: 'failed' } });
  workerIsUp = true;
  expect(await ready()).toEqual({ status: 'ok', checks: { claims: 'ok', worker: 'ok' } });
  await starters.close();
  expect(await ready()).toEqual({ status: 'ok', checks: { worker: 'ok' } });
  await workers.close();
  await expect(ready()).rejects.toThrow('fetch failed');
});

test('a port that another process uses is reported to each role', async () => {
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  const { port: theirs } = taken.address() as AddressInfo;
  const both = await Promise.allSettled([serveHealth(theirs, []), serveHealth(theirs, [])]);
  for (const outcome of both) expect(outcome).toMatchObject({ reason: { code: 'EADDRINUSE' } });
  await new Promise((done) => taken.close(done));
  const mine = await serveHealth(theirs, []);
  await mine.close();
});
