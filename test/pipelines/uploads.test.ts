import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUploads, pagesPdf, type Uploads } from '../support/uploads.ts';

let uploads: Uploads;
beforeAll(async () => {
  uploads = await createUploads();
  await uploads.startWorker();
});
afterAll(() => uploads.close());

async function textOf(jobId: string): Promise<string> {
  const { rows } = await uploads.pool.query<{ text_path: string }>(
    `SELECT text_path FROM upload_pipeline.documents JOIN upload_pipeline.upload_jobs USING (document_id) WHERE job_id = $1`,
    [jobId],
  );
  return readFile(join(uploads.root, rows[0]?.text_path ?? ''), 'utf8');
}

describe('a document', () => {
  test('whose job is inserted by plain SQL goes through all stages, each one event, with nothing else done', async () => {
    const id = await uploads.insert({
      path: 'reports/2026/report.pdf',
      media_type: 'application/pdf',
      content: pagesPdf(['first page', 'second page']),
    });
    expect(await uploads.untilState(id, 'done')).toMatchObject({
      stage: 'complete',
      error: null,
      attempt: 1,
    });
    expect(await uploads.history(id)).toEqual([
      'queued',
      'processing',
      'job_validated',
      'parsing',
      'parsed',
      'complete',
    ]);
    expect(await textOf(id)).toBe('first page\fsecond page\f');
  });
});
