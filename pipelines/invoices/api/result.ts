import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FileStore, NotAFile, OutsideStore, type StoredContent, standardStates } from 'pg-switchyard';
import { type PluginDeps, Problem } from 'pg-switchyard/api';
import { systemErrorCode } from 'pg-switchyard/errors';
import { redirectTo, sendFile } from '../../lib/downloads.ts';
import { attachment } from '../../lib/file-names.ts';
import { findJob } from './jobs.ts';
import type { JobQueries, JobRow } from './queries.ts';
import { resultFileName } from './result-file-name.ts';

/** `GET /api/jobs/:id/result`: the XML, streamed from where the row says it is. */
export function resultRoutes(
  app: FastifyInstance,
  deps: PluginDeps & { results: FileStore },
  queries: JobQueries,
): void {
  async function result(request: FastifyRequest, reply: FastifyReply) {
    const row = await findJob(request, deps, queries);
    if (row.status !== standardStates.complete || row.result_path === null) throw notComplete(row);
    const etag = `"${row.result_sha256}"`;
    const validators = { etag, 'cache-control': 'private, no-cache' };
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).headers(validators).send();
    const disposition = attachment(resultFileName(row.original_name));
    const type = 'application/xml';
    const elsewhere = await deps.results.downloadUrl(row.result_path, {
      contentType: type,
      contentDisposition: disposition,
    });
    if (elsewhere !== undefined) return redirectTo(reply, elsewhere);
    const file = await openResult(deps.results, row.result_path, row);
    reply.headers({ ...validators, 'content-disposition': disposition }).type(type);
    return sendFile(request, reply, file, etag);
  }

  app.get('/api/jobs/:id/result', result);
}

function notComplete(row: JobRow): Problem {
  const why = row.error_code === null ? '' : ` with ${row.error_code}: ${row.error_message ?? ''}`;
  const more = { jobStatus: row.status, ...(row.error_code !== null && { errorCode: row.error_code }) };
  return new Problem(409, 'NOT_COMPLETE', `there is no result: the job is ${row.status}${why}`, { more });
}

/** Opens a result whose length is what the row says. */
async function openResult(results: FileStore, path: string, row: JobRow): Promise<StoredContent> {
  const file = await results.open(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') throw gone(row, error);
    if (error instanceof OutsideStore) throw outside(row);
    throw error instanceof NotAFile ? differs(row) : error;
  });
  if (file.bytes === Number(row.result_bytes)) return file;
  await file.close();
  throw differs(row);
}

const outside = (row: JobRow) =>
  new Problem(500, 'RESULT_OUTSIDE_ROOT', `the row of job ${row.id} names a result outside the result root`);

const differs = (row: JobRow) =>
  new Problem(
    500,
    'RESULT_DIFFERS',
    `the result of job ${row.id} is not the file of ${row.result_bytes} bytes that its row names`,
  );

function gone(row: JobRow, cause: unknown): Problem {
  return new Problem(
    410,
    'RESULT_GONE',
    `the result file of job ${row.id} is gone from the disk; set the job back to queued to make it again`,
    { cause },
  );
}

function matches(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
