import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { Fleet } from '../support/fleet.ts';
import { type HeldGateway, holdGateway } from '../support/held-gateway.ts';
import { example } from '../support/invoices.ts';
import { until } from '../support/until.ts';

let fleet: Fleet;
let gateway: HeldGateway;
beforeEach(async () => {
  fleet = await Fleet.create();
  gateway = await holdGateway();
  fleet.env['GATEWAY_URL'] = gateway.url;
});
afterEach(async () => {
  gateway.release();
  await fleet.close();
  await gateway.close();
});

const results = () => readdir(join(fleet.folder, 'results'));

describe('a worker', () => {
  test('killed in the middle of a job: another one does it again, with exactly one result', async () => {
    const [first] = await Promise.all([fleet.start('worker'), fleet.start('starter'), fleet.start('api')]);
    const id = await fleet.upload(example('plain-invoice.pdf'));
    await gateway.called(1);
    await first.kill('SIGKILL');
    await fleet.start('worker');
    await gateway.called(2);
    gateway.release();
    expect(await fleet.settled(id)).toMatchObject({ status: 'complete', attempt: 1 });
    expect(await results()).toEqual([`${id}.xml`]);
    expect(await fleet.logLines()).toContainEqual(
      expect.objectContaining({ msg: 'job begun', jobId: id, try: 2 }),
    );
  });

  test('told to stop finishes what it has at hand and exits 0', async () => {
    const [worker] = await Promise.all([fleet.start('worker'), fleet.start('starter'), fleet.start('api')]);
    const id = await fleet.upload(example('plain-invoice.pdf'));
    await gateway.called(1);
    const ended = worker.kill('SIGTERM');
    gateway.release();
    expect(await fleet.settled(id)).toMatchObject({ status: 'complete' });
    expect(await ended).toBe('exit code 0');
  });

  test('told to stop hands back what does not finish within the grace time, and exits 0', async () => {
    const [worker] = await Promise.all([
      fleet.start('worker', { SHUTDOWN_GRACE_TIME: '300' }),
      fleet.start('starter'),
      fleet.start('api'),
    ]);
    const id = await fleet.upload(example('plain-invoice.pdf'));
    await gateway.called(1);
    expect(await worker.kill('SIGTERM')).toBe('exit code 0');
    expect(await fleet.job(id)).toMatchObject({ status: 'processing' });
    gateway.release();
    await fleet.start('worker');
    expect(await fleet.settled(id)).toMatchObject({ status: 'complete', attempt: 1 });
  });
});

describe('a starter', () => {
  test('killed leaves every row to the other one', async () => {
    const [first] = await Promise.all([fleet.start('starter'), fleet.start('worker'), fleet.start('api')]);
    gateway.release();
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) ids.push(await fleet.upload(example('plain-invoice.pdf')));
    await first.kill('SIGKILL');
    for (let i = 0; i < 10; i++) ids.push(await fleet.upload(example('plain-invoice.pdf')));
    await fleet.start('starter');
    const rows = await Promise.all(ids.map((id) => fleet.settled(id)));
    expect(new Set(rows.map((row) => row.status))).toEqual(new Set(['complete']));
    expect(await results()).toHaveLength(20);
  });

  test('told to stop claims nothing more and exits 0', async () => {
    const [starter] = await Promise.all([fleet.start('starter'), fleet.start('api')]);
    expect(await starter.kill('SIGTERM')).toBe('exit code 0');
    const id = await fleet.upload(example('plain-invoice.pdf'));
    expect(await fleet.job(id)).toMatchObject({ status: 'queued', attempt: 0 });
  });
});

describe('a gateway that is stopped', () => {
  const quick = {
    GATEWAY_MAX_ATTEMPTS: '3',
    GATEWAY_MAX_WAIT: '0',
    GATEWAY_RETRY_INITIAL_INTERVAL: '50',
    GATEWAY_RETRY_MAX_INTERVAL: '100',
  };

  test('fails the job with GW_5XX once its tries are used up', async () => {
    fleet.env['GATEWAY_URL'] = `http://127.0.0.1:${await freePort()}`;
    await Promise.all([fleet.start('worker', quick), fleet.start('starter'), fleet.start('api')]);
    const row = await fleet.settled(await fleet.upload(example('plain-invoice.pdf')));
    expect(row).toMatchObject({ status: 'failed', error_code: 'GW_5XX' });
    expect(row.error_message).toContain('given up after 3 tries');
  });

  test('and is back before that completes the job', async () => {
    const port = await freePort();
    fleet.env['GATEWAY_URL'] = `http://127.0.0.1:${port}`;
    const patient = { ...quick, GATEWAY_MAX_ATTEMPTS: '50', GATEWAY_RETRY_MAX_INTERVAL: '500' };
    await Promise.all([fleet.start('worker', patient), fleet.start('starter'), fleet.start('api')]);
    const id = await fleet.upload(example('plain-invoice.pdf'));
    await until(async () =>
      (await fleet.logLines()).some((line) => line['jobId'] === id && line['msg'] === 'try failed'),
    );
    await fleet.start('gateway', { PORT: String(port) });
    expect(await fleet.settled(id)).toMatchObject({ status: 'complete' });
  });
});
