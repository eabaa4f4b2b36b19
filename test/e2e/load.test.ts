import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { Fleet, type RunningRole } from '../support/fleet.ts';
import { example } from '../support/invoices.ts';
import { until } from '../support/until.ts';

const invoices = 200;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.create();
});
afterAll(() => fleet.close());

const counts = async (): Promise<Record<string, number>> => {
  const { rows } = await fleet.pool.query(
    'SELECT status::text, count(*)::integer AS jobs FROM jobs GROUP BY status',
  );
  return Object.fromEntries(rows.map((row: { status: string; jobs: number }) => [row.status, row.jobs]));
};

test('kill -9 of every process during 200 invoices, each started again: 200 complete, 200 well-formed files, none stuck', async () => {
  const port = { gateway: String(await freePort()), api: String(await freePort()) };
  let gateway = await fleet.start('gateway', { PORT: port.gateway });
  let [starter, worker, api] = await Promise.all([
    fleet.start('starter'),
    fleet.start('worker'),
    fleet.start('api', { PORT: port.api }),
  ]);
  const others = await Promise.all([fleet.start('starter'), fleet.start('worker')]);
  expect(others).toHaveLength(2);

  const again = async (victim: RunningRole, settings: Record<string, string> = {}) => {
    expect(await victim.kill('SIGKILL')).toBe('SIGKILL');
    return fleet.start(victim.role, settings);
  };
  const uploadSome = async (how: number) => {
    for (let i = 0; i < how; i++) await fleet.upload(example('plain-invoice.pdf'));
  };
  const untilComplete = (jobs: number) => until(async () => ((await counts())['complete'] ?? 0) >= jobs);

  await uploadSome(80);
  await untilComplete(5);
  worker = await again(worker);
  await uploadSome(40);
  starter = await again(starter);
  await uploadSome(40);
  gateway = await again(gateway, { PORT: port.gateway });
  api = await again(api, { PORT: port.api });
  await uploadSome(40);
  await untilComplete(invoices);

  expect(await counts()).toEqual({ complete: invoices });
  const names = await readdir(join(fleet.folder, 'results'));
  expect(names.filter((name) => name.endsWith('.xml'))).toHaveLength(invoices);
  const { rows } = await fleet.pool.query('SELECT * FROM jobs');
  for (const row of rows) {
    const parser = new SaxesParser();
    parser.on('error', (error) => expect.fail(error.message));
    parser.write(await fleet.result(row)).close();
    expect(row).toMatchObject({ attempt: 1, leased_by: null, error_code: null });
  }
  for (const role of [starter, worker, api, gateway]) expect(await role.kill('SIGTERM')).toBe('exit code 0');
}, 240_000);
