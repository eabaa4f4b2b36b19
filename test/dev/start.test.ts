import { readdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { example } from '../support/invoices.ts';
import { isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { Runs, readStackFile, untilUp } from './runs.ts';

/** One folder for all: each start but the first goes on with what is there. */
const runs = new Runs();
let dataDir: string;
beforeAll(async () => {
  dataDir = await runs.makeDataDir();
});
afterAll(() => runs.end());

const start = (args: string[], settings: Record<string, string> = {}) => runs.start(dataDir, args, settings);
const stackFile = () => readStackFile(dataDir);
const results = async () =>
  (await readdir(join(dataDir, 'results'))).map((name) => join(dataDir, 'results', name));
describe('npm start', () => {
  test('converts the PDFs it is given, says where the XML lies, and exits 0 with --exit', async () => {
    const run = start(['--exit', example('plain-invoice.pdf'), example('hybrid-invoice.pdf')]);
    expect(await run.ended, run.output()).toBe(0);
    expect(await results()).toHaveLength(2);
    for (const result of await results()) expect(run.output()).toContain(result);
    expect(await readdir(dataDir)).not.toContain('stack.json');
  });

  test('stays up, starts again what dies, and refuses a second stack on its folder; after a kill -9 it goes on with its data', async () => {
    const first = start([example('plain-invoice.pdf')]);
    await untilUp(first);
    const stack = await stackFile();
    expect((await fetch(`${stack['api']}/health/ready`)).status).toBe(200);
    expect((await fetch(String(stack['temporalUi']))).status).toBe(200);

    const second = start([]);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`Switchyard already runs on ${dataDir}`);

    const { worker } = stack.pids;
    process.kill(worker ?? 0, 'SIGKILL');
    await until(async () => (await stackFile()).pids['worker'] !== worker);

    const before = await results();
    const { pids } = await stackFile();
    first.child.kill('SIGKILL');
    await first.ended;
    const again = start([example('plain-invoice.pdf'), example('broken.pdf'), '--exit']);
    expect(await again.ended, again.output()).toBe(1);
    expect(again.output()).toMatch(/broken\.pdf.*queued.*failed[\s\S]*GW_4XX/);
    expect(await results()).toEqual(expect.arrayContaining(before));
    expect(await results()).toHaveLength(before.length + 1);
    // A worker that is told to stop while Temporal is gone takes its grace time.
    for (const pid of Object.values(pids)) await until(async () => !(await isAlive(pid)));
  });

  test('names the port that is taken, its setting and the way out', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo;
    const run = start([], { API_PORT: String(port) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`Port ${port} is taken by another program. Set API_PORT to another port`);
    expect(run.output()).not.toContain('✔'); // nothing was started for nothing
    taken.close();
  });

  test('refuses a file that is not there, and an option it does not know', async () => {
    const missing = start(['/no/such.pdf']);
    expect(await missing.ended).toBe(1);
    expect(missing.output()).toContain('There is no file /no/such.pdf');
    const unknown = start(['--wat']);
    expect(await unknown.ended).toBe(1);
    expect(unknown.output()).toMatch(/--wat[\s\S]*npm start -- /);
  });
});
