import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { dataConverterOf } from '../../src/platform/payload-encryption.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { SignalRows } from '../../src/starter/signal-rows.ts';
import { Starter } from '../../src/starter/starter.ts';
import { createExternalStorage, type PayloadSettings } from '../../src/storage/payloads.ts';
import { openS3 } from '../../src/storage/s3/client.ts';
import { silentLogger } from '../support/logger.ts';
import { s3Server, startTestS3, type TestS3 } from '../support/s3.ts';
import { connectTemporal } from '../support/temporal.ts';
import { openWatch } from '../support/watched/watching.ts';
import { openWatchedYard, type WatchedYard } from '../support/watched/yard.ts';

const MB = 1_000_000;

let yard: WatchedYard;
let root: string;
let s3: TestS3 | undefined;
let queues = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-stored-'));
});
afterAll(async () => {
  await s3?.stop();
  await rm(root, { recursive: true, force: true });
});
afterEach(() => void vi.useRealTimers());

interface Store {
  settings: PayloadSettings;
  /** The same store, out of reach. */
  away: PayloadSettings;
  /** How many payloads it has. */
  count(): Promise<number>;
}

async function folderStore(): Promise<Store> {
  const payloadRoot = join(root, 'payloads');
  return {
    settings: { payloadRoot },
    away: { payloadRoot: join(root, 'unmounted') },
    async count() {
      const entries = await readdir(payloadRoot, { withFileTypes: true, recursive: true });
      return entries.filter((entry) => entry.isFile()).length;
    },
  };
}

async function bucketStore(): Promise<Store> {
  s3 = await startTestS3(s3Server?.kind ?? 'moto');
  const { bucket, endpoint, settings } = s3;
  const { client, commands } = await openS3({ bucket, endpoint, pathStyle: true });
  return {
    settings,
    away: { ...settings, s3Endpoint: `http://127.0.0.1:${await freePort()}` },
    async count() {
      const list = new commands.ListObjectsV2Command({ Bucket: bucket, Prefix: 'v0/ns/default/wt/' });
      return (await client.send(list)).KeyCount ?? 0;
    },
  };
}

describe.each([
  ['a folder', folderStore, false],
  [`a bucket of ${s3Server?.kind}`, bucketStore, s3Server?.missing !== undefined],
] as const)('payloads over the limit of Temporal, in %s', (_, openStore, isMissing) => {
  describe.skipIf(isMissing)('with codecs before them', () => {
    let store: Store;
    /** With the store, with one that is out of reach, and with none. */
    let clients: Record<'near' | 'away' | 'without', Client>;
    const closes: (() => Promise<void>)[] = [];
    const keys = dataConverterOf([{ id: 'k', key: Buffer.alloc(32, 1) }]);
    const converter = (settings: PayloadSettings): DataConverter => {
      const externalStorage = createExternalStorage({ ...settings, externalStorage: 'on' });
      return { ...keys, ...(externalStorage && { externalStorage }) };
    };
    beforeAll(async () => {
      yard = await openWatchedYard();
      store = await openStore();
      const connect = async (dataConverter: DataConverter) => {
        const { client, close } = await connectTemporal(undefined, dataConverter);
        closes.push(close);
        return client;
      };
      clients = {
        near: await connect(converter(store.settings)),
        away: await connect(converter(store.away)),
        without: await connect(keys),
      };
      await rm(join(root, 'unmounted'), { recursive: true, force: true });
      await yard.runWorker({ dataConverter: converter(store.settings) });
    });
    afterAll(async () => {
      for (const close of closes) await close();
      await yard.close();
    });

    const newQueue = (workflow: string) => yard.createQueue(`stored${queues++}`, workflow);
    const starterOf = (queue: QueueDefinition, of: keyof typeof clients = 'near') =>
      new Starter({ pool: yard.pool, client: clients[of], queue, workerId: 'starter', log: silentLogger });
    const workflowEnded = (queue: QueueDefinition, id: string) =>
      clients.near.workflow.getHandle(`${queue.name}:${id}`).result();

    /** The job after the watch has looked at it. */
    async function watched(queue: QueueDefinition, id: string, of: keyof typeof clients = 'near') {
      const { watch, close } = openWatch({ ...yard, client: clients[of] }, queue);
      while (await watch.sweepOnce());
      await close();
      return yard.readJob(queue, id);
    }

    test('go there from the row to the workflow, and back', async () => {
      const queue = await newQueue('echo');
      const input = { text: 'ä'.repeat(1.5 * MB) };
      const id = await yard.insertJob(queue, { input });
      expect(await starterOf(queue).runOnce()).toMatchObject({ started: 1, failed: 0 });
      expect(await workflowEnded(queue, id)).toEqual(input);
      expect(await watched(queue, id)).toMatchObject({
        status: 'complete',
        result: input,
        result_note: null,
      });
    });

    test('go there with a signal', async () => {
      const queue = await newQueue('collectSignals');
      const id = await yard.insertJob(queue, { input: { count: 1 } });
      await starterOf(queue).runOnce();
      await yard.pool.query('SELECT switchyard.signal($1, $2, $3, to_jsonb(repeat($4, $5)))', [
        queue.name,
        id,
        'approve',
        'y',
        3 * MB,
      ]);
      const rows = (of: keyof typeof clients) =>
        new SignalRows({ pool: yard.pool, client: clients[of], queue, log: silentLogger }).runOnce();
      expect(await rows('away')).toMatchObject({ delivered: 0, failed: 0 });
      expect(await rows('near')).toMatchObject({ delivered: 1 });
      expect(await workflowEnded(queue, id)).toEqual(['y'.repeat(3 * MB)]);
    });

    test('leave their job queued while the store is away, say why, and let others by', async () => {
      const queue = await newQueue('echo');
      const large = await yard.insertJob(queue, { input: 'x'.repeat(3 * MB) });
      const small = await yard.insertJob(queue, { input: 'small' });
      const starter = starterOf(queue, 'away');
      expect(await starter.runOnce()).toMatchObject({ started: 1, refused: 1, unanswered: 0 });
      expect(await yard.readJob(queue, small)).toMatchObject({ status: 'processing' });
      expect(await yard.readJob(queue, large)).toMatchObject({ status: 'queued', attempt: 0 });
      const { rows } = await yard.pool.query(
        `SELECT code, detail::text FROM switchyard.job_events WHERE job_id = $1 AND code IS NOT NULL`,
        [large],
      );
      expect(rows).toEqual([
        {
          code: 'START_REFUSED',
          detail: expect.stringMatching(
            /its input could not be stored, .*: the (store: no answer \(ECONNREFUSED|folder of payloads: ENOENT)/,
          ),
        },
      ]);
      expect(await starterOf(queue).runOnce()).toMatchObject({ started: 1 });
      expect(await workflowEnded(queue, large)).toHaveLength(3 * MB);
    });

    test('keep a job in flight while its result cannot be read, however long that takes', async () => {
      const queue = await newQueue('returnLetters');
      const id = await yard.insertJob(queue, { input: { count: MB } });
      await starterOf(queue).runOnce();
      await workflowEnded(queue, id);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 });
      expect(await watched(queue, id, 'away')).toMatchObject({ status: 'processing' });
      vi.useRealTimers();
      expect(await watched(queue, id)).toMatchObject({ status: 'complete', result: 'x'.repeat(MB) });
    });

    test.each([
      [
        'is larger than rows hold',
        'near',
        9 * MB,
        /^a stored result of 90\d+ bytes that cannot be decoded: it has 90\d+ bytes, and is read up to 8388608: (bucket switchyard, key v0\/|path )/,
      ],
      [
        'is kept where nobody has said',
        'without',
        MB,
        /^a stored result of 10\d+ bytes .*\(driver "[\w.]+"\): set TEMPORAL_EXTERNAL_STORAGE=on$/,
      ],
    ] as const)('say in the note of a result that %s where it is', async (_what, of, count, note) => {
      const queue = await newQueue('returnLetters');
      const id = await yard.insertJob(queue, { input: { count } });
      await starterOf(queue).runOnce();
      await workflowEnded(queue, id);
      expect(await watched(queue, id, of)).toMatchObject({
        status: 'complete',
        result: null,
        result_note: expect.stringMatching(note),
      });
    });

    test('go with their job, and not before Temporal has let its workflow go', async () => {
      const queue = await newQueue('returnLetters');
      const before = await store.count();
      const ids = await Promise.all([1, 2].map(() => yard.insertJob(queue, { input: { count: MB } })));
      await starterOf(queue).runOnce();
      for (const id of ids) {
        await workflowEnded(queue, id);
        await watched(queue, id);
      }
      expect(await store.count()).toBe(before + 2);
      const [old = '', young = ''] = ids;
      await yard.pool.query(
        `UPDATE ${queue.table} SET completed_at = now() - interval '900 days' WHERE id = $1`,
        [old],
      );
      const { watch, close } = openWatch({ ...yard, client: clients.near }, queue, { keepJobsMs: 1 });
      while (await watch.expiredOnce());
      await close();
      expect(await yard.readJob(queue, old)).toBeUndefined();
      expect(await store.count()).toBe(before + 1);
      expect(await yard.readJob(queue, young)).toMatchObject({ status: 'complete' });
      expect(await workflowEnded(queue, young)).toHaveLength(MB);
    });
  });
});
