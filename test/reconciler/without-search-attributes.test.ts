import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { startTemporalServer, type TemporalServer } from '../../server/dev/temporal-server.ts';
import type { DatabaseIdentity } from '../../src/identity/database.ts';
import { ownTaskQueue } from '../../src/identity/task-queue-owner.ts';
import { identify } from '../../src/identity/watch.ts';
import { hasSearchAttributes } from '../../src/platform/search-attributes.ts';
import { searchAttributeNames, searchAttributes } from '../../src/queues/search-attributes.ts';
import { answerStatus, answerXml } from '../support/gateway.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { type Office, openOffice } from '../support/letters/office.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { recordingLogger } from '../support/logger.ts';
import { createRules } from '../support/reconciler.ts';
import { until } from '../support/until.ts';

/** A Temporal of the file's own, whose namespace has no search attributes of ours and lets nobody add any. */
let folder: string;
let temporal: TemporalServer;
let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let office: Office;
let operator: Connection['operatorService'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-namespace-'));
  [temporal, database] = await Promise.all([
    startTemporalServer({ folder, port: await freePort() }),
    createLettersDatabase(),
  ]);
  office = await openOffice({ databaseUrl: database.url, temporalAddress: temporal.address });
  operator = (office.client.connection as Connection).operatorService;
  await operator.removeSearchAttributes({
    namespace: 'default',
    searchAttributes: [...searchAttributeNames],
  });
}, 60_000);
afterAll(async () => {
  await office.close();
  await temporal.child.stop(20_000);
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `work` while the operator service refuses these of its methods, as that of Temporal Cloud does. */
async function refusing<T>(
  methods: readonly ('addSearchAttributes' | 'listSearchAttributes')[],
  work: () => Promise<T>,
): Promise<T> {
  const refuse = async () => {
    throw Object.assign(new Error('7 PERMISSION_DENIED: not yours'), { code: 7, details: '', metadata: {} });
  };
  const own = Object.fromEntries(methods.map((method) => [method, operator[method]]));
  for (const method of methods) Object.assign(operator, { [method]: refuse });
  try {
    return await work();
  } finally {
    Object.assign(operator, own);
  }
}

const place = () => ({ client: office.client, pool: office.pool, taskQueue: office.queue.taskQueue });

test('a process starts all the same, and says once what is lost and the command that adds them', async () => {
  const { log, lines } = recordingLogger();
  await refusing(['addSearchAttributes'], async () => {
    await identify({ ...place(), log });
    await identify({ ...place(), log });
  });
  expect(hasSearchAttributes(office.client)).toBe(false);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 40,
    missing: searchAttributeNames,
    why: expect.stringMatching(/not yours/),
  });
  expect(lines[0]?.['msg']).toContain(
    'temporal operator search-attribute create --namespace default --name SwitchyardQueue --type Keyword',
  );
});

test('where it may not be asked either, a search tells what the namespace has', async () => {
  await refusing(['addSearchAttributes', 'listSearchAttributes'], () => identify(place()));
  expect(hasSearchAttributes(office.client)).toBe(false);
});

test('a task queue belongs to one database without them too', async () => {
  const identityOf = (here: string): DatabaseIdentity => ({
    id: randomUUID(),
    place: here,
    here,
    databaseName: 'd',
    keptAtMs: 1.5,
  });
  const { client }: { client: Client } = office;
  const taskQueue = `owner-${randomUUID()}`;
  const first = identityOf('1/1 a');
  await ownTaskQueue(client, taskQueue, first);
  await ownTaskQueue(client, taskQueue, first);
  await expect(ownTaskQueue(client, taskQueue, identityOf('2/2'))).rejects.toThrow(
    `belongs to the database ${first.id}`,
  );
  const moved = { ...first, here: '3/3', place: '3/3', keptAtMs: 2 };
  await ownTaskQueue(client, taskQueue, moved);
  await expect(ownTaskQueue(client, taskQueue, first)).rejects.toThrow(/has been moved/);
});

test('jobs run, and end with their codes', async () => {
  office.carrier.answer = answerStatus(422);
  await office.startWorker({ tries: 1 });
  const failing = await insertLetter(office.pool);
  await office.starter().runOnce();
  await office.untilStatus(failing, 'failed');
  office.carrier.answer = answerXml('<receipt/>');
  const fine = await insertLetter(office.pool);
  await office.starter().runOnce();
  await office.untilStatus(fine, 'complete');
  await until(async () => (await office.workflow(failing).describe()).status.name === 'FAILED');
  await office.stopWorkers();
});

test('a workflow whose row is gone is found by its type and task queue', async () => {
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await office.pool.query('DELETE FROM letters WHERE id = $1', [id]);
  await until(async () => {
    await createRules(office).workflows();
    const { raw } = await office.workflow(id).describe();
    return raw.workflowExtendedInfo?.cancelRequested === true;
  });
});

test('queues that share type and task queue are not reconciled, as their workflows cannot be told apart', async () => {
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await until(async () => (await office.client.workflow.count(`WorkflowId = '${id}'`)).count === 1);
  const other = { ...office.queue, name: 'other' };
  const rules = createRules({ ...office, queues: [...office.queues, other] });
  await office.pool.query('DELETE FROM letters WHERE id = $1', [id]);
  await rules.workflows();
  expect((await office.workflow(id).describe()).raw.workflowExtendedInfo?.cancelRequested).toBeFalsy();
  expect(rules.lines).toMatchObject([{ msg: expect.stringContaining('are not looked for') }]);
});

test('they are used once they are there, and workflows that were started without are still found', async () => {
  const before = await insertLetter(office.pool);
  await office.starter().runOnce();
  await office.pool.query('DELETE FROM letters WHERE id = $1', [before]);
  const { log, lines } = recordingLogger();
  await identify({ ...place(), log });
  expect(lines).toMatchObject([{ msg: 'the namespace has the search attributes of Switchyard now' }]);
  const after = await insertLetter(office.pool);
  // A server takes a moment until it knows them.
  await until(async () => (await office.starter().runOnce()).started === 1);
  const described = await office.workflow(after).describe();
  expect(described.typedSearchAttributes.get(searchAttributes.queue)).toBe('letters');
  await until(async () => {
    await createRules(office).workflows();
    const { raw } = await office.workflow(before).describe();
    return raw.workflowExtendedInfo?.cancelRequested === true;
  });
});
