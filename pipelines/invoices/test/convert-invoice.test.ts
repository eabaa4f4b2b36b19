import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createResults } from '../../../src/activities/results/results.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { createFolderStore } from '../../../src/storage/folder-store.ts';
import { activityEnvironment, applicationFailure } from '../../../test/support/activity.ts';
import { createTestDatabase } from '../../../test/support/database.ts';
import {
  answerStatus,
  answerXml,
  startTestGateway,
  type TestGateway,
} from '../../../test/support/gateway.ts';
import { insertJob, readJob, testQueue } from '../../../test/support/jobs.ts';
import { recordingLogger } from '../../../test/support/logger.ts';
import { mountSmallDisk, type SmallDisk, smallDisks } from '../../../test/support/small-disk.ts';
import { createInvoiceActivities } from '../convert-invoice.ts';
import { createGateway, type Gateway } from '../gateway-client.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let server: TestGateway;
let gateway: Gateway;
let folder: string;
const { log, lines } = recordingLogger();
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 5,
    onError: () => undefined,
  });
  server = await startTestGateway();
  gateway = createGateway({ url: server.url, timeoutMs: 20_000, maxBytes: 10_000_000 });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-invoices-'));
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads', 'a.pdf'), '%PDF-1.7');
  server.answer = answerXml('<invoice/>');
  server.calls.length = 0;
  lines.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));
afterAll(async () => {
  await server.close();
  await pool.end();
  await database.drop();
});

/** One try of the activity for a job in flight. */
async function convert(jobId: string, roots: { resultRoot?: string; stagingRoot?: string } = {}) {
  const { convertInvoice } = createInvoiceActivities({
    jobs: createJobActivities({ pool, queues: [testQueue()], workerId: 'worker-1', log }),
    gateway,
    system: { call: (_, work) => work() },
    storageSystem: { call: (_, work) => work() },
    results: await createResults({ resultRoot: folder, stagingRoot: join(folder, 'staging'), ...roots }),
    uploads: createFolderStore(join(folder, 'uploads')),
    maxUploadBytes: 1_000_000,
    retry: { maxAttempts: 3, initialIntervalMs: 1, maxIntervalMs: 1 },
    log,
  });
  const run = { queue: 'invoices', jobId, requestId: null, runIds: ['r1'] };
  return activityEnvironment().run(() => convertInvoice(run));
}

const jobFor = (upload_path: string) =>
  insertJob(pool, { status: 'processing', run_id: 'r1', attempt: 1, started_at: new Date(), upload_path });

test('a PDF becomes XML, stored and named by the row, and nothing is left staged', async () => {
  const id = await jobFor('a.pdf');
  expect(await convert(id)).toMatchObject({ status: 'complete' });
  expect(await readJob(pool, id)).toMatchObject({
    status: 'complete',
    result_path: `results/${id}.xml`,
    result_bytes: '10',
  });
  expect(await readFile(join(folder, 'results', `${id}.xml`), 'utf8')).toBe('<invoice/>');
  expect(await readdir(join(folder, 'staging'))).toEqual([]);
  expect(server.calls).toEqual([id]);
});

test.each([
  ['outside the upload root', '/etc/hostname'],
  ['that is missing', 'gone.pdf'],
])('an upload %s fails for good, and the gateway is not asked', async (_, path) => {
  const id = await jobFor(path);
  expect(await applicationFailure(convert(id))).toMatchObject({ type: 'IO_ERROR', nonRetryable: true });
  expect(server.calls).toEqual([]);
});

test('a gateway that fails leaves nothing behind and is asked again', async () => {
  const id = await jobFor('a.pdf');
  server.answer = answerStatus(502);
  expect(await applicationFailure(convert(id))).toMatchObject({ type: 'GW_5XX', nonRetryable: false });
  expect(await readdir(join(folder, 'staging'))).toEqual([]);
  server.answer = answerXml('<invoice/>');
  expect(await convert(id)).toMatchObject({ status: 'complete' });
  expect(server.calls).toEqual([id, id]);
});

test('a staged answer of an earlier try is stored without asking the gateway again', async () => {
  const id = await jobFor('a.pdf');
  const results = await createResults({ resultRoot: folder, stagingRoot: join(folder, 'staging') });
  await results.stage(`${id}.r1`, 0, async (file) => {
    await file.writeFile('<staged/>');
    return { bytes: 9, sha256: '0'.repeat(64) };
  });
  expect(await convert(id)).toMatchObject({ status: 'complete' });
  expect(await readFile(join(folder, 'results', `${id}.xml`), 'utf8')).toBe('<staged/>');
  expect(server.calls).toEqual([]);
});

describe.skipIf(!smallDisks.available)(`a full disk${smallDisks.note}`, () => {
  let disk: SmallDisk;
  beforeEach(() => {
    disk = mountSmallDisk(2);
  });
  afterEach(() => disk.unmount());

  test('of results is IO_ERROR, tried again without a second call of the gateway', async () => {
    const id = await jobFor('a.pdf');
    server.answer = answerXml(`<invoice>${' '.repeat(1_000_000)}</invoice>`);
    await writeFile(join(disk.path, 'filler'), 'x'.repeat(1_500_000));
    expect(await applicationFailure(convert(id, { resultRoot: disk.path }))).toMatchObject({
      type: 'IO_ERROR',
      nonRetryable: false,
    });
    expect(await readJob(pool, id)).toMatchObject({ status: 'processing', result_path: null });

    await rm(join(disk.path, 'filler'));
    expect(await convert(id, { resultRoot: disk.path })).toMatchObject({ status: 'complete' });
    expect(server.calls).toEqual([id]);
    expect(await readJob(pool, id)).toMatchObject({ status: 'complete', result_bytes: '1000019' });
  });

  test('of answers, found before the call, is IO_ERROR, and the gateway is not asked', async () => {
    const id = await jobFor('a.pdf');
    await writeFile(join(disk.path, 'filler'), 'x'.repeat(1_500_000));
    expect(await applicationFailure(convert(id, { stagingRoot: disk.path }))).toMatchObject({
      type: 'IO_ERROR',
      nonRetryable: false,
    });
    expect(server.calls).toEqual([]);
  });

  test('of answers, full with the last bytes, is IO_ERROR and never half an answer', async () => {
    const id = await jobFor('a.pdf');
    const room = 2 * 1024 * 1024;
    server.answer = answerXml(`<invoice>${' '.repeat(room - 2000)}</invoice>${' '.repeat(2000)}`);
    const failure = await applicationFailure(convert(id, { stagingRoot: disk.path }));
    expect(failure).toMatchObject({
      type: 'IO_ERROR',
      nonRetryable: false,
      message: 'the answer could not be stored (ENOSPC)',
    });
    expect(await readdir(disk.path)).toEqual([]);
  });
});
