import type { FastifyInstance } from 'fastify';
import type { FileStore, StoredContent } from 'pg-switchyard';
import { type PluginDeps, Problem } from 'pg-switchyard/api';
import { JobError } from 'pg-switchyard/errors';
import { sendFile } from '../../lib/downloads.ts';
import { inline } from '../../lib/file-names.ts';
import { openUpload } from '../../lib/uploaded-file.ts';
import { findJob } from './jobs.ts';
import type { JobQueries, JobRow } from './queries.ts';

export interface UploadedPdfDeps extends PluginDeps {
  uploads: FileStore;
  maxUploadBytes: number;
}

/** A PDF may hold scripts; a browser that shows it runs none, and takes it for nothing else. */
const safe = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, no-cache',
};

/** `GET /api/jobs/:id/pdf`: the PDF as it was uploaded, to be shown. */
export function pdfRoutes(app: FastifyInstance, deps: UploadedPdfDeps, queries: JobQueries): void {
  app.get('/api/jobs/:id/pdf', async (request, reply) => {
    const row = await findJob(request, deps, queries);
    const upload = await uploadOf(row, deps);
    reply.headers({ ...safe, 'content-disposition': inline(row.original_name) });
    return sendFile(request, reply.type('application/pdf'), upload);
  });
}

/**
 * The upload of a job.
 * @throws {Problem} 410 when it is gone
 */
export async function uploadOf(
  row: Pick<JobRow, 'id' | 'upload_path'>,
  { uploads, maxUploadBytes }: UploadedPdfDeps,
): Promise<StoredContent> {
  return openUpload(uploads, row.upload_path, maxUploadBytes).catch((error: unknown) => {
    if (!(error instanceof JobError) || error.retryable) throw error;
    throw new Problem(410, 'PDF_GONE', `the PDF of job ${row.id}: ${error.message}`, { cause: error });
  });
}
