import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../server/dev/ports.ts';
import { startTemporalServer } from '../../../server/dev/temporal-server.ts';
import { ownTaskQueue } from '../../../src/identity/task-queue-owner.ts';
import { dataConverterOf } from '../../../src/platform/payload-encryption.ts';
import { housekeepingId, reconcilerId } from '../../../src/queues/reconciler.ts';
import { allWell, type HealthySystem, openHealthySystem } from '../../support/healthy-system.ts';
import { connectTemporal } from '../../support/temporal.ts';

let system: HealthySystem;
let address: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-temporal-'));
  const server = await startTemporalServer({ folder, port: await freePort() });
  address = server.address;
  system = await openHealthySystem(address);
  close = async () => {
    await system.close();
    await server.child.stop(20_000);
    await rm(folder, { recursive: true, force: true });
  };
});
afterAll(() => close());

type Options = Parameters<HealthySystem['codes']>[0];
const poll = (options?: Options) => expect.poll(() => system.codes(options), { timeout: 20_000 });
const key = () => ({ id: 'key', key: randomBytes(32) });

/** What is found with these settings beside what is found with those. */
async function alsoFound(options: Options, than: Options): Promise<string[]> {
  const known = await system.codes(than);
  return (await system.codes(options)).filter((code) => !known.includes(code));
}

test('names Temporal that is away, and still looks at the database', async () => {
  await system.run(`SELECT switchyard.pause_queue('mails', 'a test')`);
  expect(await system.codes({ env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } })).toEqual([
    'TEMPORAL_AWAY TEMPORAL_ADDRESS',
    'PAUSED queue mails',
  ]);
  await system.run(`SELECT switchyard.resume_queue('mails')`);
});

test('ends, and names Temporal, when nobody answers at its address', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  expect(
    await system.codes({ env: { TEMPORAL_ADDRESS: `127.0.0.1:${port}` }, limits: { checkMs: 4_000 } }),
  ).toEqual(['TEMPORAL_AWAY TEMPORAL_ADDRESS']);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('names a namespace that does not exist', async () => {
  expect(await system.codes({ env: { TEMPORAL_NAMESPACE: 'nowhere' } })).toEqual([
    'NAMESPACE_MISSING namespace nowhere',
  ]);
});

test('names a server that is too old', async () => {
  expect(await system.codes({ limits: { temporalVersion: [9, 0] } })).toEqual([
    'TEMPORAL_TOO_OLD the Temporal server',
  ]);
});

test('names a clock of Temporal that is ahead', async () => {
  expect(await system.codes({ now: () => Date.now() - 3_600_000 })).toEqual([
    'CLOCKS_APART Postgres',
    'CLOCKS_APART Temporal',
  ]);
});

test('names a namespace that keeps closed workflows for too short', async () => {
  const { workflowService } = system.client;
  const retain = (seconds: number) =>
    workflowService.updateNamespace({
      namespace: 'default',
      config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
    });
  await retain(3_600);
  await poll().toEqual(['RETENTION_SHORT namespace default']);
  await retain(86_400);
  await poll().toEqual([allWell]);
});

test('names search attributes that are missing', async () => {
  const { operatorService } = system.client.connection as Connection;
  await operatorService.removeSearchAttributes({
    namespace: 'default',
    searchAttributes: ['SwitchyardErrorCode'],
  });
  await poll().toEqual(['SEARCH_ATTRIBUTES_MISSING namespace default']);
  await operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: { SwitchyardErrorCode: 2 },
  });
  await poll().toEqual([allWell]);
});

test('names a schedule of the reconciler that is paused', async () => {
  const schedule = system.client.schedule.getHandle(housekeepingId(system.settings.taskQueue));
  await schedule.pause('a test');
  const { findings } = await system.diagnose();
  expect(findings).toMatchObject([{ code: 'RECONCILER_PAUSED', text: expect.stringContaining('a test') }]);
  await schedule.unpause();
});

test('names a reconciler whose last passes failed', async () => {
  const id = reconcilerId(system.settings.taskQueue);
  const schedule = system.client.schedule.getHandle(id);
  const { action } = await schedule.describe();
  await schedule.update(({ spec, policies, state }) => ({
    spec,
    policies,
    state,
    action: {
      type: 'startWorkflow',
      workflowType: 'none',
      workflowId: id,
      taskQueue: action.taskQueue,
      workflowRunTimeout: 1_000,
    },
  }));
  await poll().toEqual([`RECONCILER_FAILS schedule ${id}`]);
  await schedule.update(({ spec, policies, state }) => ({ spec, policies, state, action: { ...action } }));
  await poll().toEqual([allWell]);
});

test('names a task queue that belongs to another database', async () => {
  const taken = `taken-${randomBytes(4).toString('hex')}`;
  await ownTaskQueue(system.client, taken, {
    id: '00000000-0000-0000-0000-000000000001',
    place: 'elsewhere',
    here: 'elsewhere',
    databaseName: 'other',
    keptAtMs: 0,
  });
  const found = await system.codes({ set: { taskQueue: taken } });
  expect(found).toContain(`TASK_QUEUE_TAKEN task queue ${taken}`);
  expect(await system.codes({ set: { taskQueue: `free-${taken}` } })).not.toContain(
    `TASK_QUEUE_TAKEN task queue free-${taken}`,
  );
});

test('names a codec server that is away', async () => {
  expect(await system.codes({ set: { temporalCodecEndpoint: 'http://127.0.0.1:1' } })).toEqual([
    'PAYLOADS_UNREADABLE payloads in Temporal',
  ]);
});

test('names a key that cannot read what Temporal stores', async () => {
  const right = key();
  const taskQueue = `encrypted-${randomBytes(4).toString('hex')}`;
  const encrypting = await connectTemporal(address, dataConverterOf([right]));
  await encrypting.client.schedule.create({
    scheduleId: reconcilerId(taskQueue),
    spec: {},
    action: { type: 'startWorkflow', workflowType: 'none', taskQueue, args: ['secret'] },
  });
  const withKeys = (temporalPayloadKeys: readonly ReturnType<typeof key>[]) => ({
    set: { taskQueue, temporalPayloadKeys },
  });
  const unreadable = ['PAYLOADS_UNREADABLE payloads in Temporal'];
  expect(await alsoFound(withKeys([key()]), withKeys([right]))).toEqual(unreadable);
  expect(await alsoFound(withKeys([]), withKeys([right]))).toEqual(unreadable);
  expect(
    await alsoFound(withKeys([key(), right].map((one, i) => ({ ...one, id: `${i}` }))), withKeys([right])),
  ).toEqual(unreadable);
  await encrypting.client.schedule.getHandle(reconcilerId(taskQueue)).delete();
  await encrypting.close();
});

test('names settings that contradict each other', async () => {
  expect(
    await system.codes({
      set: { temporalPayloadKeys: [key()], temporalCodecEndpoint: 'http://127.0.0.1:1' },
    }),
  ).toEqual(['SETTINGS_CONTRADICT Temporal']);
  expect(await system.codes({ set: { claimStaleMs: 1_000, retentionEventsDays: 1 } })).toEqual([
    'SETTINGS_CONTRADICT CLAIM_STALE_AFTER',
    'SETTINGS_CONTRADICT RETENTION_EVENTS_DAYS',
  ]);
});

test('names a schedule of the reconciler that is missing', async () => {
  const id = housekeepingId(system.settings.taskQueue);
  await system.client.schedule.getHandle(id).delete();
  expect(await system.codes()).toEqual([`RECONCILER_MISSING schedule ${id}`]);
});
