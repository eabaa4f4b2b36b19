import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveHealth } from '../../src/platform/health-server.ts';
import { reconcilerRepairs } from '../../src/platform/metrics.ts';

let server: Awaited<ReturnType<typeof serveHealth>>;
beforeEach(async () => {
  const down = { name: 'postgres', check: () => Promise.reject(new Error('away')) };
  server = await serveHealth(0, [down]);
});
afterEach(() => server.close());

test('what the process counts is served in the text format of Prometheus, whether it is ready or not', async () => {
  reconcilerRepairs.inc({ queue: 'invoices', rule: 'missing' }, 3);
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toContain(
    'switchyard_reconciler_repairs_total{queue="invoices",rule="missing"} 3',
  );
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
});
