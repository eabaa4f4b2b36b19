import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FileStore } from 'pg-switchyard';
import { noteTrace, type PluginDeps, Problem } from 'pg-switchyard/api';
import type { InvoiceApiSettings } from '../settings.ts';
import { fingerprintOf, idempotencyKey } from './idempotency.ts';
import { jobPath, jobView } from './job-view.ts';
import type { JobQueries } from './queries.ts';
import { receiveUpload } from './receive-upload.ts';
import { storeJob } from './store-job.ts';

/** `POST /api/upload`: a PDF becomes a queued job. */
export function uploadRoutes(
  app: FastifyInstance,
  deps: PluginDeps & { uploads: FileStore; settings: InvoiceApiSettings },
  queries: JobQueries,
): void {
  const { uploads } = deps;

  async function upload(request: FastifyRequest, reply: FastifyReply) {
    if (!request.isMultipart()) {
      throw new Problem(
        415,
        'NOT_MULTIPART',
        'send the PDF as multipart/form-data: curl -F file=@invoice.pdf',
      );
    }
    const key = idempotencyKey(request.headers['idempotency-key']);
    const id = randomUUID();
    const uploadPath = `${id}.pdf`;
    const { file, ...received } = await receiveUpload(request, uploadPath, { ...deps.settings, uploads });
    const { row, replayed } = await storeJob(
      {
        pool: deps.pool,
        queries,
        uploads,
        log: request.log.child({ jobId: id }),
        prepare: (tx) => noteTrace(request, tx),
      },
      { id, uploadPath, bytes: file.bytes, sha256: file.sha256, requestId: request.id, ...received },
      key === undefined
        ? undefined
        : { key, fingerprint: fingerprintOf({ ...received, sha256: file.sha256 }) },
    );
    request.log = request.log.child({ jobId: row.id });
    request.log.info(
      { bytes: file.bytes, mapping: row.mapping, priority: row.priority },
      replayed ? 'upload repeated: its job was there already' : 'job queued',
    );
    if (replayed) reply.header('idempotency-replayed', 'true');
    return reply.code(202).header('location', jobPath(row.id)).send(jobView(row));
  }

  app.post('/api/upload', { config: { scope: 'write' } }, upload);
}
