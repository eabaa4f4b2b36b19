import { equal, ok } from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { createInvoiceActivities } from '../../../pipelines/invoices/convert-invoice.ts';
import { createGateway } from '../../../pipelines/invoices/gateway-client.ts';
import { createResults } from '../../../src/activities/results/results.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { createPool } from '../../../src/platform/database.ts';
import { ErrorCode } from '../../../src/platform/errors.ts';
import { createFolderStore } from '../../../src/storage/folder-store.ts';
import { activityEnvironment } from '../../../test/support/activity.ts';
import { startTestGateway } from '../../../test/support/gateway.ts';
import { insertJob, readJob, testQueue } from '../../../test/support/jobs.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import type { Target } from '../target.ts';

/** Stands in files that lie outside the upload root, and must never be sent. */
const outside = '%PDF-1.7 not yours';

async function layOutFiles(folder: string): Promise<{ uploadRoot: string; resultRoot: string }> {
  const uploadRoot = join(folder, 'uploads');
  await mkdir(join(uploadRoot, 'sub'), { recursive: true });
  await mkdir(join(folder, 'uploads-of-others'));
  await writeFile(join(uploadRoot, 'a.pdf'), '%PDF-1.7 ours');
  await writeFile(join(uploadRoot, 'sub', 'ü.pdf'), '%PDF-1.7 ours');
  await writeFile(join(folder, 'secret.pdf'), outside);
  await writeFile(join(folder, 'uploads-of-others', 'secret.pdf'), outside);
  await symlink('../secret.pdf', join(uploadRoot, 'link.pdf'));
  await symlink('..', join(uploadRoot, 'up'));
  await symlink('loop.pdf', join(uploadRoot, 'loop.pdf'));
  await symlink('a.pdf', join(uploadRoot, 'alias.pdf'));
  return { uploadRoot, resultRoot: folder };
}

/** What a row may hold is any text without NUL; Postgres refuses the rest. */
const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((any) => any.toWellFormed().replaceAll('\0', ''));
const path = fc.oneof(
  fc.constantFrom(
    ...[
      'a.pdf',
      './sub/../a.pdf',
      'sub/ü.pdf',
      'alias.pdf',
      '',
      '.',
      '..',
      '/',
      'sub',
      'a.pdf/',
      'link.pdf',
      'up/secret.pdf',
    ],
    ...[
      'loop.pdf',
      '../secret.pdf',
      '../uploads-of-others/secret.pdf',
      '/etc/hostname',
      '/proc/self/environ',
      'file:///etc/hostname',
    ],
    ...[
      'a.pdf\u0001',
      'A.PDF',
      '..\\secret.pdf',
      '%2e%2e/secret.pdf',
      'x'.repeat(10_000),
      `${'a/'.repeat(3_000)}b`,
      '/dev/zero',
      '/dev/stdin',
    ],
  ),
  text,
);
const value = fc.oneof(
  fc.constantFrom(
    ...[
      'invoice',
      '',
      '../../etc/passwd',
      'a\r\n--x\r\ncontent-disposition: form-data; name="file"',
      '"',
      '__proto__',
      'x'.repeat(100_000),
    ],
    ...['req-1', 'a\r\nx-job-id: other', '\u202e', '😀', ' '],
  ),
  text,
);
const limit = fc.constantFrom(0, 1, -1, 2_147_483_647, -2_147_483_648);
const row = fc.record({
  upload_path: path,
  original_name: value,
  mapping: value,
  request_id: value,
  priority: limit,
  attempt: fc.constantFrom(0, 1, 2_147_483_646, 2_147_483_647),
  customer: value,
});

export const rows: Target = {
  name: 'rows',
  about: 'columns of a row through the activities: complete or failed by its code, nothing of others is sent',
  cases: 2_000,
  shortCases: 100,
  async open({ databaseUrl, folder }) {
    const roots = await layOutFiles(await mkdirIn(folder, 'rows'));
    const pool = createPool({
      connectionString: databaseUrl,
      applicationName: 'fuzz',
      max: 3,
      onError: () => undefined,
    });
    const server = await startTestGateway();
    let received = Buffer.alloc(0);
    server.answer = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      received = Buffer.concat(chunks);
      response.end('<invoice/>');
    };
    const jobs = createJobActivities({ pool, queues: [testQueue()], workerId: 'fuzz', log: silentLogger });
    const { convertInvoice } = createInvoiceActivities({
      jobs,
      system: { call: (_, work) => work() },
      storageSystem: { call: (_, work) => work() },
      gateway: createGateway({ url: server.url, timeoutMs: 20_000, maxBytes: 1_000 }),
      results: await createResults({ ...roots, stagingRoot: join(roots.resultRoot, 'staging') }),
      uploads: createFolderStore(roots.uploadRoot),
      maxUploadBytes: 1_000_000,
      retry: { maxAttempts: 1, initialIntervalMs: 1, maxIntervalMs: 1 },
      log: silentLogger,
    });

    const property = fc.asyncProperty(row, async (fields) => {
      server.calls.length = 0;
      const jobId = await insertJob(pool, fields);
      const run = { queue: 'invoices', jobId, requestId: fields.request_id, runIds: ['r1'] };
      // The row waits: its begin takes it over as a claim would mark it.
      const failure = await activityEnvironment()
        .run(() => convertInvoice(run))
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      if (failure === undefined) {
        const { status, result_path } = await readJob(pool, jobId);
        equal(status, 'complete');
        equal(result_path, `results/${jobId}.xml`);
        equal(await readFile(join(roots.resultRoot, `results/${jobId}.xml`), 'utf8'), '<invoice/>');
        ok(received.includes('%PDF-1.7 ours') && !received.includes(outside));
      } else {
        if (!(failure instanceof ApplicationFailure)) throw failure;
        equal(failure.type, ErrorCode.IO_ERROR);
        equal(server.calls.length, 0);
        await jobs.endJob(run, { state: 'failed', errorCode: failure.type, errorMessage: failure.message });
        equal((await readJob(pool, jobId)).status, 'failed');
      }
      ok((await readdir(roots.resultRoot)).length === 5);
    });
    return {
      property,
      close: async () => {
        await server.close();
        await pool.end();
      },
    };
  },
};

async function mkdirIn(folder: string, name: string): Promise<string> {
  const made = join(folder, name);
  await mkdir(made);
  return made;
}
