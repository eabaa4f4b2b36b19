import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startS3Server } from '../../../server/dev/s3/start.ts';
import { loadSettings } from '../../../server/settings.ts';
import { createResults } from '../../../src/activities/results/results.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { createStorageSystem } from '../../../src/activities/systems/storage-system.ts';
import { createStorage, type Storage } from '../../../src/storage/storage.ts';
import { activityEnvironment, applicationFailure } from '../../../test/support/activity.ts';
import { answerXml, startTestGateway, type TestGateway } from '../../../test/support/gateway.ts';
import { get, pdfPart, upload } from '../../../test/support/http.ts';
import { readJob, testQueue } from '../../../test/support/jobs.ts';
import { recordingLogger } from '../../../test/support/logger.ts';
import { createRules } from '../../../test/support/reconciler.ts';
import { s3Server, startTestS3, type TestS3 } from '../../../test/support/s3.ts';
import { startTestApi, type TestApi } from '../../../test/support/server-api.ts';
import { connectTemporal } from '../../../test/support/temporal.ts';
import { resultPlace, uploadPlace } from '../../lib/places.ts';
import { createInvoiceActivities } from '../convert-invoice.ts';
import { createGateway } from '../gateway-client.ts';
import { invoicesQueue } from '../queue.ts';

const dayMs = 24 * 60 * 60 * 1000;
const roots = { uploadRoot: '/nowhere/uploads', resultRoot: '/nowhere' };

describe.skipIf(s3Server?.missing !== undefined)(`invoices in a bucket${s3Server?.note}`, () => {
  let s3: TestS3;
  let gateway: TestGateway;
  let folder: string;
  let api: TestApi;
  let storage: Storage;
  const { log } = recordingLogger();
  beforeAll(async () => {
    s3 = await startTestS3(s3Server?.kind ?? 'moto');
    gateway = await startTestGateway();
    folder = await mkdtemp(join(tmpdir(), 'switchyard-bucket-'));
  });
  beforeEach(async () => {
    gateway.answer = answerXml('<invoice>0123456789</invoice>');
    gateway.calls.length = 0;
    await begin('stream');
  });
  afterEach(() => api.close());
  afterAll(async () => {
    await gateway.close();
    await s3.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function begin(s3Downloads: 'stream' | 'redirect') {
    const settings = { ...s3.settings, s3Prefix: `${randomUUID()}/`, s3Downloads };
    storage = createStorage(settings);
    api = await startTestApi({ storage: settings });
  }

  /** One try of the activity, as the row's run. */
  async function convert(jobId: string) {
    const { convertInvoice } = createInvoiceActivities({
      jobs: createJobActivities({ pool: api.pool, queues: [testQueue()], workerId: 'worker-1', log }),
      gateway: createGateway({ url: gateway.url, timeoutMs: 20_000, maxBytes: 10_000_000 }),
      system: { call: (_, work) => work() },
      storageSystem: createStorageSystem({
        settings: { ...s3.settings, s3MaxWaitMs: 60_000 },
        storage,
        pool: api.pool,
        limits: { jobs: 1, windowMs: 100, probeIntervalMs: 10 },
        log,
      }),
      results: await createResults(
        { resultRoot: '/nowhere', stagingRoot: join(folder, 'staging') },
        storage.at(resultPlace(roots)),
      ),
      uploads: storage.at(uploadPlace(roots)),
      maxUploadBytes: 1_000_000,
      retry: { maxAttempts: 50, initialIntervalMs: 1, maxIntervalMs: 1 },
      log,
    });
    const run = { queue: 'invoices', jobId, requestId: null, runIds: ['r1'] };
    return activityEnvironment().run(() => convertInvoice(run));
  }

  const uploaded = async () => String((await upload(api, [pdfPart()])).json()['id']);
  const pauses = async () =>
    (
      await api.pool.query(
        `SELECT automatic, resumed_at IS NULL AS open FROM switchyard.pauses WHERE system = 'storage' ORDER BY id`,
      )
    ).rows;

  test('go from an upload to a download, whole and in parts, and touch no folder', async () => {
    const id = await uploaded();
    expect(await api.uploads()).toEqual([]);
    expect(await convert(id)).toMatchObject({ status: 'complete' });
    const row = await readJob(api.pool, id);
    expect(row.result_path).toBe(`results/${id}.xml/${row.result_sha256}`);
    const answer = await get(api, `/api/jobs/${id}/result`);
    expect(answer.text).toBe('<invoice>0123456789</invoice>');
    expect(answer.headers).toMatchObject({ 'content-length': '29', etag: `"${row.result_sha256}"` });
    const part = await get(api, `/api/jobs/${id}/result`, { range: 'bytes=9-18' });
    expect([part.status, part.text, part.headers['content-range']]).toEqual([
      206,
      '0123456789',
      'bytes 9-18/29',
    ]);
    expect((await get(api, `/api/jobs/${id}/pdf`)).text).toMatch(/^%PDF/);
  });

  test('converted a second time give the same result in the same place', async () => {
    const id = await uploaded();
    await convert(id);
    const first = await readJob(api.pool, id);
    await api.pool.query(
      `UPDATE jobs SET status = 'queued', run_id = NULL, result_path = NULL, result_bytes = NULL, result_sha256 = NULL,
              result_report = NULL, completed_at = NULL, started_at = NULL WHERE id = $1`,
      [id],
    );
    await convert(id);
    expect((await readJob(api.pool, id)).result_path).toBe(first.result_path);
  });

  test('are downloaded from the bucket itself where that is wanted', async () => {
    await api.close();
    await begin('redirect');
    const id = await uploaded();
    await convert(id);
    const answer = await get(api, `/api/jobs/${id}/result`);
    expect(answer.status).toBe(307);
    expect(answer.headers['cache-control']).toBe('no-store');
    const download = await fetch(String(answer.headers['location']));
    expect(await download.text()).toBe('<invoice>0123456789</invoice>');
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; .*\.xml/);
  });

  test('whose upload is refused leave nothing in the bucket', async () => {
    expect((await upload(api, [pdfPart({ value: Buffer.from('no PDF') })])).status).toBe(415);
    expect((await upload(api, [pdfPart(), { name: 'priority', value: 'high' }])).status).toBe(400);
    for await (const name of storage.at(uploadPlace(roots)).names('')) expect.unreachable(name);
    for await (const name of storage.at(uploadPlace(roots)).names('.pdf')) expect.unreachable(name);
  });

  async function inBucket(): Promise<string[]> {
    const names: string[] = [];
    for (const [place, ending] of [
      [uploadPlace(roots), '.pdf'],
      [{ folder: '', prefix: 'results/' }, '.xml'],
    ] as const)
      for await (const name of storage.at(place).names(ending)) names.push(name);
    return names.sort();
  }

  /** The rules over the bucket, in which all is older by so much. */
  async function inRules(laterMs: number, work: (rules: ReturnType<typeof createRules>) => Promise<void>) {
    const queue = invoicesQueue({ ...loadSettings({}), ...s3.settings, ...roots });
    const later: Storage = {
      at(place) {
        const store = storage.at(place);
        const removeOlder = (name: string, ms: number) => store.removeOlder(name, ms - laterMs);
        return { ...store, removeOlder };
      },
    };
    const temporal = await connectTemporal();
    const reconciled = { pool: api.pool, client: temporal.client, queue, queues: [queue] };
    await work(createRules(reconciled, { storage: later, keepJobsMs: dayMs })).finally(temporal.close);
  }

  test('without a row are removed when they are a day old, and no others', async () => {
    const [kept, orphan] = [await uploaded(), await uploaded()];
    await convert(kept);
    await convert(orphan);
    await api.pool.query('DELETE FROM jobs WHERE id = $1', [orphan]);
    const all = [kept, orphan].flatMap((id) => [`${id}.pdf`, `${id}.xml`]).sort();
    await inRules(dayMs / 2, (rules) => rules.files());
    expect(await inBucket()).toEqual(all);
    await inRules(2 * dayMs, (rules) => rules.files());
    expect(await inBucket()).toEqual([`${kept}.pdf`, `${kept}.xml`]);
  });

  test('expire together with their rows', async () => {
    const [kept, expired] = [await uploaded(), await uploaded()];
    await convert(kept);
    await convert(expired);
    await api.pool.query(`UPDATE jobs SET completed_at = now() - interval '2 days' WHERE id = $1`, [expired]);
    await inRules(0, (rules) => rules.removeJobs());
    expect((await api.pool.query('SELECT id FROM jobs')).rows).toEqual([{ id: kept }]);
    expect(await inBucket()).toEqual([`${kept}.pdf`, `${kept}.xml`]);
  });

  test('wait for a bucket that does not answer, and go on when it does', async () => {
    const id = await uploaded();
    const content = await text(await (await storage.at(uploadPlace(roots)).open(`${id}.pdf`)).stream());
    await s3.child.stop(5_000);
    const types = new Set<unknown>();
    while ((await pauses()).length === 0) {
      const failure = await applicationFailure(convert(id));
      expect(failure.nonRetryable).not.toBe(true);
      types.add(failure.type);
    }
    expect(types).toContain('IO_ERROR');
    expect(await pauses()).toEqual([{ automatic: true, open: true }]);
    expect(invoicesQueue({ ...loadSettings({}), ...s3.settings }).needs).toEqual(['gateway', 'storage']);
    const refused = await upload(api, [pdfPart()]);
    expect([refused.status, refused.json()['code'], refused.headers['retry-after']]).toEqual([
      503,
      'STORAGE_AWAY',
      '5',
    ]);
    expect((await get(api, `/api/jobs/${id}/pdf`)).status).toBe(503);
    expect(gateway.calls).toEqual([]);
    await restart();
    await storage.at(uploadPlace(roots)).put(`${id}.pdf`, [Buffer.from(content)] as never); // moto keeps nothing
    for (;;)
      if (
        await convert(id).then(
          () => true,
          () => false,
        )
      )
        break;
    expect((await readJob(api.pool, id)).status).toBe('complete');
    await expect.poll(pauses).toEqual([{ automatic: true, open: false }]);
  });

  /** The same server at the same place. */
  async function restart(): Promise<void> {
    const { endpoint, stop } = s3;
    const again = await startS3Server({
      kind: s3Server?.kind ?? 'moto',
      folder,
      port: Number(new URL(endpoint).port),
    });
    s3 = {
      ...s3,
      child: again.child,
      async stop() {
        await again.child.stop(5_000);
        await stop();
      },
    };
  }
});
