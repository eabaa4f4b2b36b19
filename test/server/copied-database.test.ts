import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, expect, inject, test } from 'vitest';
import { compileCache } from '../../server/dev/roles.ts';
import { type Copies, eachTestHasCopies } from '../support/copies.ts';
import { templateDatabase } from '../support/database-name.ts';
import { insertJob, readJob } from '../support/jobs.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';

const open: Pipeline[] = [];
let copies: Copies;
eachTestHasCopies((opened) => {
  copies = opened;
});
afterEach(async () => {
  for (const pipeline of open.splice(0)) await pipeline.close();
});
async function pipelineOf(databaseUrl: string, taskQueue: string): Promise<Pipeline> {
  const pipeline = await createPipeline({ databaseUrl, taskQueue });
  open.push(pipeline);
  return pipeline;
}
const run = promisify(execFile);

test('no role serves a copy with the settings of the original, whose jobs go on untouched', async () => {
  const taskQueue = `copied-${randomUUID()}`;
  const original = await copies.create(templateDatabase);
  const before = await pipelineOf(original, taskQueue);
  const running = await insertJob(before.pool);
  await before.starter().runOnce();
  const rowBefore = await readJob(before.pool, running);
  await open.pop()?.close(); // nobody may be connected to a database that is copied
  const copy = await copies.copy(original);

  const env = {
    ...compileCache,
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: copy,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TASK_QUEUE: taskQueue,
    GATEWAY_URL: 'http://127.0.0.1:1',
    LOG_LEVEL: 'error',
    ROLES: 'starter,worker',
  };
  const ended = (args: string[]) =>
    run(process.execPath, args, { env }).then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      ({ code, stderr }) => ({ code: Number(code), said: String(stderr) }),
    );
  const roles = [['starter.ts'], ['worker.ts'], ['serve.ts'], ['run-once.ts', 'invoices']];
  const outcomes = await Promise.all(roles.map(([file, ...args]) => ended([`server/${file}`, ...args])));
  for (const { code, said } of outcomes) {
    expect(code).toBe(1);
    expect(said).toMatch(/is a copy, or it was moved[\s\S]*identity -- keep[\s\S]*identity -- new/);
  }
  const after = await pipelineOf(original, taskQueue);
  expect(await readJob(after.pool, running)).toEqual(rowBefore);
  expect(await readJob(copies.pool(copy), running)).toEqual(rowBefore);
  const { status, raw } = await after.workflow(running).describe();
  expect(status.name).toBe('RUNNING');
  expect(raw.workflowExtendedInfo?.cancelRequested).toBe(false);

  const made = await ended(['server/identity.ts', 'new']);
  expect(made).toMatchObject({ code: 0, said: expect.stringContaining('1 of "invoices"') });
  const shown = await ended(['server/identity.ts', 'show']);
  expect(shown.said).toMatch(/where it got this identity or kept it/);
});
