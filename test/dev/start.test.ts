import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { example } from '../support/invoices.ts';
import { until } from '../support/jobs.ts';

const anyPorts = {
  API_PORT: '0',
  GATEWAY_PORT: '0',
  POSTGRES_PORT: '0',
  TEMPORAL_PORT: '0',
  TEMPORAL_UI_PORT: '0',
};

interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

let dataDir: string;
let runs: Run[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'switchyard-start-'));
  await chmod(dataDir, 0o755); // Postgres may run as another user
  runs = [];
});
afterEach(async () => {
  for (const { child, ended } of runs) {
    child.kill('SIGTERM');
    await ended;
  }
  await rm(dataDir, { recursive: true, force: true });
});

/** `npm start`, past the installation of packages. */
function start(args: string[], settings: Record<string, string> = {}): Run {
  const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, GATEWAY_URL: ___, ...env } = process.env;
  const child = spawn(process.execPath, ['src/dev/main.ts', '--data-dir', dataDir, ...args], {
    env: { ...env, ...anyPorts, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((done) => child.on('close', done));
  const run = { child, output: () => text, ended };
  runs.push(run);
  return run;
}

const stackFile = async () =>
  JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8')) as Record<string, string> & {
    pids: Record<string, number>;
  };
const untilUp = (run: Run) =>
  until(async () => {
    if (run.child.exitCode !== null) throw new Error(run.output());
    return run.output().includes('Switchyard runs.');
  });
const isGone = (pid: number) => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

describe('npm start', () => {
  test('converts the PDFs it is given, says where the XML lies, and exits 0 with --exit', async () => {
    const run = start(['--exit', example('plain-invoice.pdf'), example('hybrid-invoice.pdf')]);
    expect(await run.ended, run.output()).toBe(0);
    const results = (await readdir(join(dataDir, 'results'))).map((name) => join(dataDir, 'results', name));
    expect(results).toHaveLength(2);
    for (const result of results) expect(run.output()).toContain(result);
    expect(await readdir(dataDir)).not.toContain('stack.json');
  }, 120_000);

  test('exits 1 with --exit when a PDF fails, and says why', async () => {
    const run = start(['--exit', example('broken.pdf')]);
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/queued.*failed[\s\S]*GW_4XX/);
  }, 120_000);

  test('stays up, starts again what dies, refuses a second stack on its folder, and ends on one SIGINT', async () => {
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

    const { pids } = await stackFile();
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
    for (const pid of Object.values(pids)) expect(isGone(pid)).toBe(true);
  }, 120_000);

  test('recovers by itself after a kill -9, with its data', async () => {
    const killed = start([example('plain-invoice.pdf')]);
    await untilUp(killed);
    const { pids } = await stackFile();
    killed.child.kill('SIGKILL');
    await killed.ended;
    const again = start(['--exit', example('plain-invoice.pdf')]);
    expect(await again.ended, again.output()).toBe(0);
    expect(await readdir(join(dataDir, 'results'))).toHaveLength(2);
    for (const pid of Object.values(pids)) expect(isGone(pid)).toBe(true);
  }, 120_000);

  test('names the port that is taken, its setting and the way out', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo;
    const run = start([], { API_PORT: String(port) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`Port ${port} is taken by another program. Set API_PORT to another port`);
    taken.close();
  }, 120_000);

  test('refuses a file that is not there, and an option it does not know', async () => {
    const missing = start(['/no/such.pdf']);
    expect(await missing.ended).toBe(1);
    expect(missing.output()).toContain('There is no file /no/such.pdf');
    const unknown = start(['--wat']);
    expect(await unknown.ended).toBe(1);
    expect(unknown.output()).toMatch(/--wat[\s\S]*npm start -- /);
  });
});
