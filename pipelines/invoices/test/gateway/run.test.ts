import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../../test/support/until.ts';
import { slowPdf } from '../../../lib/test/support/odd-pdfs.ts';
import { exampleBytes, formOf } from './support.ts';

/** A gateway as `npm run gateway` starts it, its work folders in a place of its own. */
interface GatewayProcess {
  child: ChildProcess;
  lines: Record<string, unknown>[];
  stderr: () => string;
  ended: Promise<number | null>;
}

let folder: string;
let running: GatewayProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-run-'));
  running = [];
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

function start(settings: Record<string, string> = {}): GatewayProcess {
  const env = {
    GATEWAY_PORT: '0',
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'debug',
    TMPDIR: folder,
    GATEWAY_CONCURRENCY: '1',
  };
  const child = spawn(process.execPath, ['server/gateway.ts'], { env: { ...env, ...settings } });
  const lines: Record<string, unknown>[] = [];
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    const whole = `${stdout}${chunk}`.split('\n');
    stdout = whole.pop() ?? '';
    lines.push(...whole.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const started = { child, lines, stderr: () => stderr, ended };
  running.push(started);
  return started;
}

const said = (gateway: GatewayProcess, msg: string) =>
  until(async () => {
    const line = gateway.lines.find((candidate) => candidate['msg'] === msg);
    if (line === undefined && gateway.child.exitCode !== null) throw new Error(gateway.stderr());
    return line;
  });
const urlOf = async (gateway: GatewayProcess) => String((await said(gateway, 'gateway listens'))['url']);
const postPdf = (url: string, pdf: Uint8Array) =>
  fetch(`${url}/process`, { method: 'POST', body: formOf(pdf) });

async function childrenOf(pid: number | undefined): Promise<number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
}
const isGone = (pid: number) => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

describe('the gateway', () => {
  test('listens on any free port and says where', async () => {
    const gateway = start();
    const url = await urlOf(gateway);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('told to stop finishes what it converts, and exits 0 with nothing left', async () => {
    const gateway = start();
    const url = await urlOf(gateway);
    const children = await childrenOf(gateway.child.pid);
    const answer = postPdf(url, slowPdf(1_000_000));
    await said(gateway, 'PDF received');
    gateway.child.kill('SIGTERM');
    const response = await answer;
    expect(response.headers.get('connection')).toBe('close');
    expect(((await response.json()) as { code: string }).code).toBe('PDF_IMAGE_ONLY');
    expect(await gateway.ended).toBe(0);
    expect(children.every(isGone)).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  test('told to stop breaks off what takes longer than the grace time, and exits 0', async () => {
    const gateway = start({ SHUTDOWN_GRACE_TIME: '100' });
    const url = await urlOf(gateway);
    const children = await childrenOf(gateway.child.pid);
    const answer = postPdf(url, slowPdf());
    await said(gateway, 'PDF received');
    gateway.child.kill('SIGTERM');
    await expect(answer).rejects.toThrow();
    expect(await gateway.ended).toBe(0);
    expect(children.every(isGone)).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  test('killed takes its converters along, also one at work', async () => {
    const gateway = start();
    const url = await urlOf(gateway);
    const children = await childrenOf(gateway.child.pid);
    expect(children.length).toBeGreaterThan(0);
    const answer = postPdf(url, slowPdf());
    await said(gateway, 'PDF received');
    gateway.child.kill('SIGKILL');
    await expect(answer).rejects.toThrow();
    await until(async () => children.every(isGone));
  });

  test('leaves no file of an upload that breaks off', async () => {
    const gateway = start();
    const url = await urlOf(gateway);
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const upload = httpRequest(`${url}/process`, { method: 'POST', headers });
    upload.on('error', () => undefined); // it is we who break it off
    upload.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n');
    upload.write(await exampleBytes('plain-invoice.pdf'));
    await until(async () => (await readdir(folder)).length === 1);
    upload.destroy();
    await until(async () => (await readdir(folder)).length === 0);
    expect((await postPdf(url, await exampleBytes('plain-invoice.pdf'))).status).toBe(200);
  });

  test('removes at its start what a killed one left a day ago, and nothing else', async () => {
    for (const name of ['switchyard-gateway-old', 'switchyard-gateway-new', 'other']) {
      await writeFile(join(folder, name), 'x');
    }
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    for (const name of ['switchyard-gateway-old', 'other'])
      await utimes(join(folder, name), twoDaysAgo, twoDaysAgo);
    await urlOf(start());
    expect((await readdir(folder)).sort()).toEqual(['other', 'switchyard-gateway-new']);
  });
});

describe('the gateway refuses to start', () => {
  test('with a broken mapping, and names the file', async () => {
    const mappings = join(folder, 'mappings');
    await cp('mappings', mappings, { recursive: true });
    await writeFile(join(mappings, 'broken.json'), '{"roots": 1}');
    const gateway = start({ MAPPINGS_DIR: mappings });
    expect(await gateway.ended).toBe(1);
    expect(gateway.stderr()).toContain(join(mappings, 'broken.json'));
    expect(gateway.stderr()).toContain('roots: ');
    expect(gateway.stderr()).not.toContain('    at ');
  });

  test('on a port that is taken, and names the setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const gateway = start({ GATEWAY_PORT: String(port) });
    expect(await gateway.ended).toBe(1);
    expect(gateway.stderr()).toMatch(/cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)\. Set GATEWAY_HOST/);
    other.close();
  });
});
