import { expect, test } from 'vitest';
import { keepIdentity, newIdentity } from '../../src/identity/change.ts';
import { readIdentity } from '../../src/identity/database.ts';
import { ownTaskQueue } from '../../src/identity/task-queue-owner.ts';
import { type Copies, eachTestHasCopies } from '../support/copies.ts';
import type { Office } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { createRules } from '../support/reconciler.ts';
import { until } from '../support/until.ts';

let copies: Copies;
eachTestHasCopies((opened) => {
  copies = opened;
});

/** A database with a job, and a copy of it with an identity of its own: both have the same ids. */
async function twoDatabases() {
  const original = await copies.create();
  const id = await insertLetter(copies.pool(original));
  const copy = await copies.copy(original);
  await newIdentity(copies.pool(copy), [], { force: false });
  return { id, original, copy };
}

async function stateOf(office: Office, id: string) {
  const { status, runId, raw } = await office.workflow(id).describe();
  return { status: status.name, runId, cancelRequested: raw.workflowExtendedInfo?.cancelRequested };
}

const untilFound = (office: Office, id: string) =>
  until(async () => {
    const query = `WorkflowId = '${id}' AND ExecutionStatus = 'Running'`;
    for await (const _ of office.client.workflow.list({ query })) return true;
    return false;
  });

test('two databases with the same ids work side by side: a start that meets a foreign run waits for its end', async () => {
  const { id, original, copy } = await twoDatabases();
  const [production, staging] = [await copies.office(original), await copies.office(copy)];
  expect(await production.starter().runOnce()).toMatchObject({ started: 1 });
  const before = await stateOf(production, id);

  expect(await staging.starter().runOnce()).toMatchObject({ started: 0, refused: 1 });
  expect(await readLetter(staging.pool, id)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });
  expect(await stateOf(production, id)).toEqual(before);

  await production.startWorker();
  await production.untilStatus(id, 'complete');
  await staging.startWorker();
  const starter = staging.starter();
  await until(async () => (await starter.runOnce()).started === 1);
  const row = await staging.untilStatus(id, 'complete');
  expect(row.run_id).not.toBe(before.runId);
});

test('a start still takes over an open run of its own database', async () => {
  const url = await copies.create();
  const office = await copies.office(url);
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  const { run_id } = await readLetter(office.pool, id);
  await office.pool.query(
    `UPDATE letters SET status = 'queued', run_id = NULL, started_at = NULL WHERE id = $1`,
    [id],
  );
  expect(await office.starter().runOnce()).toMatchObject({ started: 1 });
  expect(await readLetter(office.pool, id)).toMatchObject({ run_id });
});

test('the reconciler touches no workflow of another database, and mends a row by its own run', async () => {
  const { id, original, copy } = await twoDatabases();
  const production = await copies.office(original);
  const staging = await copies.office(copy, production.queue.taskQueue);
  await staging.starter().runOnce();
  await staging.workflow(id).terminate();
  await production.starter().runOnce();
  await untilFound(production, id);
  const before = await stateOf(production, id);

  await createRules(staging).rows();
  expect(await readLetter(staging.pool, id)).toMatchObject({ status: 'failed', error_code: 'TERMINATED' });
  await staging.pool.query('DELETE FROM letters WHERE id = $1', [id]);
  await createRules(staging).workflows();
  expect(await stateOf(production, id)).toEqual({ ...before, cancelRequested: false });
});

test('retention removes an ended row, whatever another database does under its id', async () => {
  const { id, original, copy } = await twoDatabases();
  const [production, staging] = [await copies.office(original), await copies.office(copy)];
  await production.starter().runOnce();
  await staging.pool.query(
    `UPDATE letters SET status = 'canceled', canceled_at = to_timestamp(0) WHERE id = $1`,
    [id],
  );
  await createRules(staging, { keepJobsMs: 1 }).removeJobs();
  await expect(readLetter(staging.pool, id)).rejects.toThrow('is gone');
  expect(await stateOf(production, id)).toMatchObject({ status: 'RUNNING' });
});

test('a worker of another database touches no row of its own for a job that is not its own; the right one does it', async () => {
  const { id, original, copy } = await twoDatabases();
  const production = await copies.office(original);
  const staging = await copies.office(copy, production.queue.taskQueue);
  const stray = await staging.startWorker({ shutdownGraceMs: 0 });
  await production.starter().runOnce();
  const failure = await until(async () => {
    const { raw } = await production.workflow(id).describe();
    return raw.pendingActivities?.[0]?.lastFailure ?? undefined;
  });
  expect(failure?.applicationFailureInfo).toMatchObject({ type: 'FOREIGN_DATABASE', nonRetryable: false });
  expect(await readLetter(staging.pool, id)).toMatchObject({ status: 'queued', attempt: 0 });
  await stray.stop();
  await production.startWorker();
  expect(await production.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
  expect(staging.carrier.calls).toHaveLength(0);
});

test('a restored database that keeps its identity goes on with its jobs in flight', async () => {
  const url = await copies.create();
  const before = await copies.office(url);
  const { taskQueue } = before.queue;
  const id = await insertLetter(before.pool);
  await before.starter().runOnce();
  const earlier = await readIdentity(before.pool);
  await ownTaskQueue(before.client, taskQueue, earlier);
  const restored = await copies.copy(url);
  await keepIdentity(copies.pool(restored));

  const after = await copies.office(restored, taskQueue);
  await ownTaskQueue(after.client, taskQueue, await readIdentity(after.pool));
  await after.startWorker();
  expect(await after.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
  await expect(ownTaskQueue(after.client, taskQueue, earlier)).rejects.toThrow(/has been moved/);
});
