import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../../server/settings.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import type { RunningWorker } from '../../../test/support/running-worker.ts';
import { until } from '../../../test/support/until.ts';

import { blankPdf, encryptedPdf, unpackingPdf } from '../../lib/test/support/odd-pdfs.ts';
import { pagesPdf } from '../../lib/test/support/pdfs.ts';
import { uploadsQueue } from '../queue.ts';
import { createUploads, type Uploads } from './support/uploads.ts';

let uploads: Uploads;
let worker: RunningWorker;
beforeAll(async () => {
  uploads = await createUploads();
  worker = await uploads.startWorker({ SHUTDOWN_GRACE_TIME: '0', UPLOADS_MEMORY: '64' });
});
afterAll(() => uploads.close());

interface DocumentRow {
  document_id: string;
  text_path: string;
  pages: number;
}

async function documentOf(jobId: string): Promise<DocumentRow> {
  const { rows } = await uploads.pool.query<DocumentRow>(
    'SELECT * FROM upload_pipeline.documents JOIN upload_pipeline.upload_jobs USING (document_id) WHERE job_id = $1',
    [jobId],
  );
  if (rows[0] === undefined) throw new Error(`job ${jobId} has no document`);
  return rows[0];
}

const textOf = async (jobId: string) =>
  readFile(join(uploads.root, (await documentOf(jobId)).text_path), 'utf8');

const stagedTexts = async (jobId: string) => {
  const folder = join(uploads.root, '.parsing');
  const names = (await readdir(folder)).filter((name) => name.startsWith(jobId));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
};
const untilReached = (jobId: string, page: number) =>
  until(async () => (await stagedTexts(jobId)).some((text) => text.split('\f').length > page));

/** A PDF whose third page takes seconds, and nobody waits for the end of it. */
const slowThirdPage = () =>
  pagesPdf(['first page', 'second page', { text: 'third page', steps: 2_000_000 }, 'fourth page']);
const pdf = (content: Uint8Array) => ({ media_type: 'application/pdf', content });

describe('a document', () => {
  test('whose job is inserted by plain SQL goes through all stages, each one event, with nothing else done', async () => {
    const id = await uploads.insert({
      path: 'reports/2026/report.pdf',
      ...pdf(pagesPdf(['first page', 'second page'])),
    });
    expect(await uploads.untilState(id, 'done')).toMatchObject({
      stage: 'complete',
      error: null,
      attempt: 1,
    });
    const all = ['queued', 'processing', 'job_validated', 'parsing', 'parsed', 'complete'];
    expect(await uploads.history(id)).toEqual(all);
    expect(await textOf(id)).toBe('first page\fsecond page\f');
    const { pages, text_path, document_id } = await documentOf(id);
    expect({ pages, text_path }).toEqual({
      pages: 2,
      text_path: `reports/2026/${document_id}.extracted.txt`,
    });
    expect(await stagedTexts(id)).toEqual([]);
  });

  test.each([
    ['job_validated', ['parsing', 'parsed', 'complete']],
    ['parsing', ['parsed', 'complete']],
    ['parsed', ['complete']],
    ['complete', ['complete']],
    ['failed', ['job_validated', 'parsing', 'parsed', 'complete']],
  ])('whose job is inserted at %s begins there', async (stage, stages) => {
    const text = stage === 'parsed' ? { path: 'parsed.md', text_path: 'parsed.md' } : {};
    const id = await uploads.insert({ stage, ...text });
    await uploads.untilState(id, 'done');
    expect(await uploads.history(id)).toEqual(['queued', 'processing', ...stages]);
  });

  test('is being parsed within a second of the insert of its job, as the events of five tell', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      ids.push(await uploads.insert({ stage: 'job_validated' }));
      await uploads.untilState(ids[i] ?? '', 'done');
    }
    const { rows } = await uploads.pool.query<{ ms: number }>(
      `SELECT extract(epoch FROM min(at) FILTER (WHERE detail = 'parsing') - min(at))::float8 * 1000 AS ms
         FROM switchyard.job_events WHERE job_id = ANY ($1) GROUP BY job_id ORDER BY ms`,
      [ids],
    );
    // The one in the middle: one that the machine held up says nothing.
    expect(rows[2]?.ms, JSON.stringify(rows)).toBeLessThan(1_000);
  });

  test('of Markdown or plain text is its own text, in one page', async () => {
    const content = '\uFEFF# Straße\n\fnext\n';
    const id = await uploads.insert({ media_type: 'text/plain; charset=utf-8', content });
    await uploads.untilState(id, 'done');
    expect(await textOf(id)).toBe('# Straße\n\nnext\n\f');
  });

  test('shows by the count of its stage that it moves', async () => {
    const id = await uploads.insert(pdf(slowThirdPage()));
    const seen = new Set<string>();
    await until(async () => {
      const { rows } = await uploads.pool.query<{ stage: string; jobs: string }>(
        'SELECT stage, count(*) AS jobs FROM upload_pipeline.upload_jobs WHERE job_id = $1 GROUP BY stage',
        [id],
      );
      for (const row of rows) seen.add(row.stage);
      return seen.has('complete');
    });
    expect(seen).toContain('parsing');
  });
});

describe('a broken document ends failed at the stage it broke in, with the reason, and the others go on:', () => {
  const broken: Record<string, [Parameters<Uploads['insert']>[0], string, string, RegExp]> = {
    'one that is not there': [
      { stored: false },
      'job_validated',
      'IO_ERROR',
      /missing or cannot be read \(ENOENT\)/,
    ],
    'one outside the upload root': [
      { path: '../../../../etc/hostname', stored: false },
      'job_validated',
      'IO_ERROR',
      /outside the upload root/,
    ],
    'a folder': [
      { path: '.', stored: false },
      'job_validated',
      'IO_ERROR',
      /outside the upload root|regular file/,
    ],
    'one of another size': [{ size: 3 }, 'job_validated', 'BAD_DOCUMENT', /has 10 bytes, and its row says 3/],
    'one of other content': [
      { sha256: '../x' },
      'job_validated',
      'BAD_DOCUMENT',
      /SHA-256 is .*row says "\.\.\/x"/,
    ],
    'one of another kind': [
      { media_type: 'application/zip' },
      'job_validated',
      'BAD_DOCUMENT',
      /"application\/zip" is not read; supported: application\/pdf/,
    ],
    'a kind that is no word of ours': [
      { media_type: 'constructor' },
      'job_validated',
      'BAD_DOCUMENT',
      /is not read/,
    ],
    'a text that is not UTF-8': [
      { media_type: 'text/plain', content: Buffer.from([0x41, 0xff]) },
      'parsing',
      'BAD_DOCUMENT',
      /not UTF-8/,
    ],
    'one that says it is a PDF': [
      pdf(Buffer.from('MZ')),
      'parsing',
      'BAD_DOCUMENT',
      /not a PDF or is damaged/,
    ],
    'a PDF with a password': [pdf(encryptedPdf()), 'parsing', 'BAD_DOCUMENT', /password-protected/],
    'a PDF without text': [pdf(blankPdf()), 'parsing', 'BAD_DOCUMENT', /holds no text/],
    'a PDF that unpacks to more than memory': [pdf(unpackingPdf()), 'parsing', 'BAD_DOCUMENT', /page 1 /],
    'one that was never parsed': [{ stage: 'parsed' }, 'parsed', 'BAD_DOCUMENT', /has no text_path/],
  };
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    for (const [name, [fields]] of Object.entries(broken)) ids[name] = await uploads.insert(fields);
    ids['good'] = await uploads.insert();
  });

  test.each(Object.entries(broken))('%s', async (name, [, stage, code, reason]) => {
    const row = await uploads.untilState(ids[name] ?? '', 'failed');
    expect(row).toMatchObject({ stage: 'failed', failed_stage: stage, error_code: code });
    expect(row.error).toMatch(reason);
    expect(row.error?.startsWith(`${stage}: `)).toBe(true);
  });

  test('and a good one after them is done', async () => {
    expect(await uploads.untilState(ids['good'] ?? '', 'done')).toMatchObject({ stage: 'complete' });
  });
});

describe('a job that is tried again', () => {
  test('by another worker goes on at its stage and at the page it had reached', async () => {
    const id = await uploads.insert(pdf(slowThirdPage()));
    await untilReached(id, 2);
    await worker.stop();
    expect(await uploads.read(id)).toMatchObject({ state: 'working', stage: 'parsing' });
    worker = await uploads.startWorker({ SHUTDOWN_GRACE_TIME: '0' });
    await uploads.untilState(id, 'done');
    const begun = uploads.lines.filter(
      (line) => line['jobId'] === id && line['msg'] === 'parsing the document',
    );
    expect(begun.map((line) => line['pagesBefore'])).toEqual([0, 2]);
    expect(await textOf(id)).toBe('first page\fsecond page\fthird page\ffourth page\f');
    const each = ['queued', 'processing', 'job_validated', 'parsing', 'parsed', 'complete'];
    expect(await uploads.history(id)).toEqual(each);
  });

  test('by hand, once its document is mended, goes on at the stage it broke in', async () => {
    const id = await uploads.insert({ path: 'late.md', stored: false });
    await uploads.untilState(id, 'failed');
    await writeFile(join(uploads.root, 'late.md'), '# A title\n');
    await uploads.pool.query(`UPDATE upload_pipeline.upload_jobs SET state = 'queued' WHERE job_id = $1`, [
      id,
    ]);
    const row = await uploads.untilState(id, 'done');
    expect(row).toMatchObject({ attempt: 2, failed_stage: null, error: null, error_code: null });
    const again = ['queued', 'processing', 'parsing', 'parsed', 'complete'];
    expect((await uploads.history(id)).slice(3)).toEqual(['failed', ...again]);
  });

  test('never goes back: of two tries of a run the later stage stays, without an event', async () => {
    const id = await uploads.insert(pdf(slowThirdPage()));
    await untilReached(id, 1);
    const { rows } = await uploads.pool.query(
      'SELECT run_id FROM upload_pipeline.upload_jobs WHERE job_id = $1',
      [id],
    );
    const queue = uploadsQueue(loadSettings({}));
    const jobs = createJobActivities({
      pool: uploads.pool,
      queues: [queue],
      workerId: 'zombie',
      log: silentLogger,
    });
    const run = { queue: 'uploads', jobId: id, requestId: null, runIds: [rows[0].run_id] };
    expect(await jobs.update(run, { stage: 'job_validated' })).toBe(true);
    expect(await uploads.read(id)).toMatchObject({ stage: 'parsing' });
    expect(await jobs.update({ ...run, runIds: ['another run'] }, { stage: 'parsed' })).toBe(false);
    expect(await uploads.read(id)).toMatchObject({ stage: 'parsing' });
    expect(await uploads.history(id)).toEqual(['queued', 'processing', 'job_validated', 'parsing']);
    await uploads.pool.query(
      'UPDATE upload_pipeline.upload_jobs SET cancel_requested_at = now() WHERE job_id = $1',
      [id],
    );
    expect(await uploads.untilState(id, 'canceled')).toMatchObject({ stage: 'parsing', error: null });
  });
});

test('a stage that is none is refused, and told which there are', async () => {
  await expect(uploads.insert({ stage: 'done' })).rejects.toThrow(
    /no stage "done": it has queued, job_validated/,
  );
});
