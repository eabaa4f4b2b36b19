import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { startTraceCollector } from '../support/trace-collector.ts';
import { until } from '../support/until.ts';

let fleet: Fleet;
let collector: Awaited<ReturnType<typeof startTraceCollector>>;
beforeEach(async () => {
  [fleet, collector] = await Promise.all([Fleet.create(), startTraceCollector()]);
});
afterEach(async () => {
  await fleet.close();
  await collector.close();
});

const traceId = 'a'.repeat(32);
const writer = 'b'.repeat(16);
const traceparent = `00-${traceId}-${writer}-01`;

test('an upload, its claim, its workflow and its activities are one trace', async () => {
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
  await fleet.start('gateway');
  await Promise.all([fleet.start('api'), fleet.start('starter', tracing), fleet.start('worker', tracing)]);
  const id = await fleet.upload('examples/plain-invoice.pdf', {}, { traceparent });
  expect((await fleet.settled(id)).status).toBe('complete');

  const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
  const named = (start: string) => ofTrace().find(({ name }) => name.startsWith(start));
  await until(async () => named('RunWorkflow:') !== undefined && named('RunActivity:') !== undefined);
  const claim = named('claim invoices');
  expect(claim).toMatchObject({ parentSpanId: writer, service: 'switchyard-starter' });
  const start = named('StartWorkflow:');
  expect(start).toMatchObject({ parentSpanId: claim?.spanId });
  const run = named('RunWorkflow:');
  expect(run).toMatchObject({ parentSpanId: start?.spanId, service: 'switchyard-worker' });
  const spanIds = new Set(ofTrace().map(({ spanId }) => spanId));
  for (const { parentSpanId } of ofTrace())
    expect(parentSpanId === writer || spanIds.has(parentSpanId)).toBe(true);
});

test('a job without a trace begins one, and an INSERT in a trace belongs to it', async () => {
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
  await fleet.start('starter', { ...tracing, OTEL_SERVICE_NAME: 'mine' });
  const client = await fleet.pool.connect();
  await client.query('BEGIN');
  await client.query(`SELECT set_config('switchyard.traceparent', $1, true)`, [traceparent]);
  await client.query(`INSERT INTO jobs (upload_path) VALUES ('none.pdf')`);
  await client.query('COMMIT');
  client.release();
  await fleet.pool.query(`INSERT INTO jobs (upload_path) VALUES ('none.pdf')`);
  const claims = () => collector.spans.filter(({ name }) => name === 'claim invoices');
  await until(async () => claims().length === 2);
  expect(claims().filter((claim) => claim.traceId === traceId)).toMatchObject([
    { parentSpanId: writer, service: 'mine' },
  ]);
  expect(claims().filter((claim) => claim.parentSpanId === '')).toHaveLength(1);
});
