import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, truncate } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, inject, test } from 'vitest';
import { environment } from '../../src/platform/environment.ts';
import { insertJob } from '../support/jobs.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';
import { createRoleLogins } from '../support/role-logins.ts';

const program = fileURLToPath(new URL('../../server/worker.ts', import.meta.url));
let pipeline: Pipeline;
const children: { child: ChildProcess; exited: Promise<unknown[]> }[] = [];
eachTestHasPipeline((opened) => {
  pipeline = opened;
});
afterEach(async () => {
  for (const { child, exited } of children.splice(0)) {
    child.kill('SIGKILL');
    await exited;
  }
});

/** The memory limits of `npm run worker`. */
async function limits(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(scripts.worker)
    .split(' ')
    .filter((word) => word.startsWith('--'));
}

/** A worker in a process of its own. */
async function startProcess(
  env: NodeJS.ProcessEnv = {},
  stdout: 'ignore' | 'pipe' = 'ignore',
  stderr: 'inherit' | 'pipe' = 'inherit',
) {
  const child = spawn(process.execPath, [...(await limits()), program], {
    env: { ...environment(), ...pipeline.workerEnv, TEMPORAL_ADDRESS: inject('temporalAddress'), ...env },
    stdio: ['ignore', stdout, stderr],
  });
  const exited = once(child, 'exit');
  children.push({ child, exited });
  return { child, exited };
}

/** The most memory that the process ever held, in MiB. */
async function peakRss({ pid }: ChildProcess): Promise<number> {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

test('one PDF of 40 MB is converted within 256 MB, and SIGTERM ends the worker with 0', async () => {
  await truncate(join(pipeline.folder, 'uploads', 'a.pdf'), 40_000_000);
  const { child, exited } = await startProcess();
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await pipeline.untilStatus(id, 'complete');
  if (process.platform === 'linux') {
    const peak = await peakRss(child);
    expect(peak).toBeGreaterThan(30); // it was measured
    expect(peak).toBeLessThan(256);
  }
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('a health port that is taken is told, and ends the worker with 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const env = { HEALTH_PORT: String(port), LOG_LEVEL: 'error' };
  const { child, exited } = await startProcess(env, 'pipe');
  const [said] = await Promise.all([text(child.stdout as Readable), exited]);
  taken.close();
  expect(said).toContain('EADDRINUSE');
  expect(await exited).toEqual([1, null]);
});

test('a worker from whose role rows are hidden takes no work, and ends with 1 and a sentence that says so', async () => {
  const logins = await createRoleLogins();
  await pipeline.pool.query('ALTER TABLE jobs ENABLE ROW LEVEL SECURITY');
  const env = { DATABASE_URL: logins.urlAs('worker', String(pipeline.workerEnv['DATABASE_URL'])) };
  const { child, exited } = await startProcess(env, 'ignore', 'pipe');
  const [said] = await Promise.all([text(child.stderr as Readable), exited]);
  await logins.drop();
  expect(said).toMatch(/row-level security of public\.jobs hides rows from role "test_worker_/);
  expect(await exited).toEqual([1, null]);
});
