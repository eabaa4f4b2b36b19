import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../../../test/support/until.ts';
import { slowPdf, unpackingPdf, wordyPdf } from '../../../lib/test/support/odd-pdfs.ts';
import { exampleBytes, formOf, refusal, send, startGateway, type TestGateway } from './support.ts';

let gateway: TestGateway;
afterEach(() => gateway.close());

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};
const folders = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('switchyard-gateway-'));
const received = (count: number) =>
  until(async () => gateway.lines.filter(({ msg }) => msg === 'PDF received').length === count);

async function expectNextConverts(): Promise<void> {
  const response = await send(gateway, formOf(await exampleBytes('plain-invoice.pdf')));
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('<number>HL-2026-0117</number>');
}

describe('a conversion that', () => {
  test('takes longer than its time is killed and answered 502, and the next converts', async () => {
    gateway = await startGateway({ timeoutMs: 3_000 });
    const [pid = 0] = gateway.converters.pids;
    const response = await send(gateway, formOf(slowPdf()));
    expect(await refusal(response)).toMatchObject({ status: 502, code: 'CONVERSION_TIMEOUT' });
    await until(async () => isGone(pid));
    await expectNextConverts();
  });

  test.each([
    ['fills its heap', wordyPdf],
    ['unpacks to too much', unpackingPdf],
  ])('%s ends with 502, and the next converts', async (_, pdf) => {
    gateway = await startGateway({ memoryMiB: 64 });
    const response = await send(gateway, formOf(pdf()));
    expect(await refusal(response)).toMatchObject({ status: 502, code: 'CONVERSION_FAILED' });
    await expectNextConverts();
  });

  test('loses its process is answered 502, and the next converts', async () => {
    gateway = await startGateway();
    const answer = send(gateway, formOf(slowPdf()));
    await received(1);
    const [pid = 0] = gateway.converters.pids;
    process.kill(pid, 'SIGKILL');
    expect(await refusal(await answer)).toMatchObject({ status: 502, code: 'CONVERSION_FAILED' });
    await expectNextConverts();
  });

  test('the client does not wait for is killed, and leaves no file', async () => {
    const before = await folders();
    gateway = await startGateway();
    const [pid = 0] = gateway.converters.pids;
    const client = new AbortController();
    const answer = send(gateway, formOf(slowPdf()), { signal: client.signal });
    await received(1);
    client.abort();
    await expect(answer).rejects.toThrow();
    await until(async () => isGone(pid));
    await until(async () => (await folders()).every((name) => before.includes(name)));
    await expectNextConverts();
  });
});

test('a client that waits for its turn and goes away is forgotten', async () => {
  gateway = await startGateway({ waitingEach: 1 });
  const running = new AbortController();
  const first = send(gateway, formOf(slowPdf()), { signal: running.signal });
  await received(1);
  const waiting = new AbortController();
  const second = send(gateway, formOf(slowPdf()), { signal: waiting.signal });
  await until(async () => gateway.converters.full);
  waiting.abort();
  await expect(second).rejects.toThrow();
  await until(async () => !gateway.converters.full);
  running.abort();
  await expect(first).rejects.toThrow();
  await expectNextConverts();
});

test('more than may wait is refused with 503 and Retry-After', async () => {
  gateway = await startGateway({ waitingEach: 0 });
  const client = new AbortController();
  const running = send(gateway, formOf(slowPdf()), { signal: client.signal });
  await received(1);
  const response = await send(gateway, formOf(await exampleBytes('plain-invoice.pdf')));
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await refusal(response)).toMatchObject({ status: 503, code: 'BUSY' });
  client.abort();
  await expect(running).rejects.toThrow();
});

test('those that wait are converted in turn, one process after the other used again', async () => {
  gateway = await startGateway({ concurrency: 2 });
  const { pids } = gateway.converters;
  const pdf = await exampleBytes('plain-invoice.pdf');
  const responses = await Promise.all(Array.from({ length: 20 }, () => send(gateway, formOf(pdf))));
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(gateway.converters.pids).toEqual(pids);
});

test('a converter has nothing of our environment', async () => {
  process.env['SECRET_OF_THE_TEST'] = 'hunter2';
  gateway = await startGateway();
  delete process.env['SECRET_OF_THE_TEST'];
  const [pid = 0] = gateway.converters.pids;
  const environment = (await readFile(`/proc/${pid}/environ`, 'utf8'))
    .split('\0')
    .filter((entry) => entry !== '');
  expect(environment.map((entry) => entry.split('=')[0]).sort()).toEqual([
    'NODE_CHANNEL_FD',
    'NODE_CHANNEL_SERIALIZATION_MODE',
    'NODE_NO_WARNINGS',
  ]);
});
