import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { environment } from '../../src/platform/config.ts';
import { createTestDatabase } from '../support/database.ts';
import { answerLater, answerXml, drain } from '../support/gateway.ts';
import { insertJob, readJob } from '../support/jobs.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';

const program = fileURLToPath(new URL('../../src/worker/main.ts', import.meta.url));
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pipeline: Pipeline;
const children: { child: ChildProcess; exited: Promise<unknown[]> }[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
  pipeline = await createPipeline({ databaseUrl: database.url });
});
afterEach(async () => {
  for (const { child, exited } of children.splice(0)) {
    child.kill('SIGKILL');
    await exited;
  }
  await pipeline.close();
  await database.drop();
});

/** A worker in a process of its own, with the memory limits of `npm run worker`. */
function startProcess() {
  const limits = ['--max-old-space-size=128', '--max-semi-space-size=2'];
  const child = spawn(process.execPath, [...limits, program], {
    env: { ...environment(), ...pipeline.workerEnv, TEMPORAL_ADDRESS: inject('temporalAddress') },
    stdio: ['ignore', 'ignore', 'inherit'],
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

test('a PDF of 40 MB becomes XML of 40 MB within 256 MB, and SIGTERM ends the worker with 0', async () => {
  await truncate(join(pipeline.folder, 'uploads', 'a.pdf'), 40_000_000);
  pipeline.gateway.answer = async (request, response) => {
    await drain(request);
    response.write('<invoice>');
    const line = `<line>${'x'.repeat(1_000)}</line>\n`.repeat(1_000);
    for (let i = 0; i < 40; i++) if (!response.write(line)) await once(response, 'drain');
    response.end('</invoice>');
  };
  const { child, exited } = startProcess();
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  const row = await pipeline.untilStatus(id, 'complete');
  expect(Number(row.result_bytes)).toBeGreaterThan(40_000_000);
  if (process.platform === 'linux') {
    const peak = await peakRss(child);
    expect(peak).toBeGreaterThan(30); // it was measured
    expect(peak).toBeLessThan(256);
  }
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('the job of a worker that was killed is done by another one, with one result', async () => {
  const held = answerLater(answerXml('<lost/>'));
  pipeline.gateway.answer = held.answer;
  const { child, exited } = startProcess();
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await held.called;
  child.kill('SIGKILL');
  await exited;
  held.release();
  expect(await readJob(pipeline.pool, id)).toMatchObject({ status: 'processing' });

  pipeline.gateway.answer = answerXml('<invoice/>');
  await pipeline.startWorker();
  expect(await pipeline.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
  expect(await pipeline.resultFiles()).toEqual({ [`${id}.xml`]: '<invoice/>' });
  expect(pipeline.gateway.calls).toEqual([id, id]);
  expect(pipeline.lines).toContainEqual(expect.objectContaining({ msg: 'job begun', try: 2 }));
});
