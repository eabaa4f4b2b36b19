import { open } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { type PluginDeps, Problem } from 'pg-switchyard/api';
import { JobError } from 'pg-switchyard/errors';
import { inline } from '../../lib/file-names.ts';
import { resolveUpload } from '../../lib/uploaded-file.ts';
import { findJob } from './jobs.ts';
import type { JobQueries, JobRow } from './queries.ts';

export interface UploadedPdfDeps extends PluginDeps {
  uploadRoot: string;
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
    const file = await open(upload.path, 'r');
    reply.headers({
      ...safe,
      'content-length': upload.bytes,
      'content-disposition': inline(row.original_name),
    });
    return reply.type('application/pdf').send(file.createReadStream());
  });
}

/**
 * The upload of a job, on our disk.
 * @throws {Problem} 410 when it is gone
 */
export async function uploadOf(
  row: Pick<JobRow, 'id' | 'upload_path'>,
  { uploadRoot, maxUploadBytes }: UploadedPdfDeps,
): Promise<{ path: string; bytes: number }> {
  return resolveUpload(uploadRoot, row.upload_path, maxUploadBytes).catch((error: unknown) => {
    if (!(error instanceof JobError)) throw error;
    throw new Problem(410, 'PDF_GONE', `the PDF of job ${row.id}: ${error.message}`, { cause: error });
  });
}
