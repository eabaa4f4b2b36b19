import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openFile, placeOf, readId, requireRoom, type StoredContent } from 'pg-switchyard';
import { Problem, quoteInput } from 'pg-switchyard/api';
import { JobError } from 'pg-switchyard/errors';
import { gatewayFailure, statusFailure } from '../gateway-failures.ts';
import { postPdf } from '../gateway-request.ts';
import { type UploadedPdfDeps, uploadOf } from './pdf.ts';
import type { JobQueries } from './queries.ts';
import { receivePreview } from './receive-preview.ts';
import { temporaryNameOf } from './sweep.ts';

/** Each holds a PDF on our disk and a converter of the gateway. */
const mostAtOnce = 4;
const mostXmlBytes = 4 * 1024 * 1024;

export interface PreviewDeps extends UploadedPdfDeps {
  /** The folder that holds a PDF until its preview is made. */
  uploadRoot: string;
  gatewayUrl: string;
  gatewayTimeoutMs: number;
}

/** `POST /api/mappings/preview`: the XML that a mapping makes of a PDF. Neither is kept. */
export function previewRoutes(app: FastifyInstance, deps: PreviewDeps, queries: JobQueries): void {
  let open = 0;

  async function preview(request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
    const temporary = join(deps.uploadRoot, temporaryNameOf(randomUUID()));
    try {
      await requireRoom(deps.uploadRoot, 0);
      const { mapping, job } = await receivePreview(request, temporary, deps.maxUploadBytes);
      const pdf = await (job === undefined ? openFile(temporary) : pdfOfJob(job));
      const signal = AbortSignal.any([goneWith(reply), AbortSignal.timeout(deps.gatewayTimeoutMs)]);
      return await convert({ pdf, mapping, signal, requestId: request.id });
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function pdfOfJob(job: string): Promise<StoredContent> {
    const id = readId('uuid', job);
    const row = id === undefined ? undefined : await queries.find(deps.pool, id);
    if (row === undefined) throw new Problem(404, 'NO_SUCH_JOB', `there is no job ${quoteInput(job)}`);
    return uploadOf(row, deps);
  }

  async function convert(wanted: {
    pdf: StoredContent;
    mapping: string;
    signal: AbortSignal;
    requestId: string;
  }) {
    const response = await postPdf({
      url: `${deps.gatewayUrl}/preview`,
      pdf: wanted.pdf,
      fields: { mapping: wanted.mapping, pretty: '1' },
      headers: { accept: 'application/xml', 'x-request-id': wanted.requestId },
      signal: wanted.signal,
    }).catch((error: unknown) => {
      const context = { url: deps.gatewayUrl, timeoutMs: deps.gatewayTimeoutMs };
      throw refusalOf(gatewayFailure(error, { ...context, timedOut: wanted.signal.aborted }));
    });
    try {
      if (response.statusCode === 404) throw noPreview(deps.gatewayUrl);
      if (response.statusCode !== 200) throw refusalOf(await statusFailure(response));
      return await bodyOf(response);
    } finally {
      response.destroy();
    }
  }

  app.post('/api/mappings/preview', { config: { scope: 'write' } }, async (request, reply) => {
    if (!request.isMultipart())
      throw new Problem(415, 'NOT_MULTIPART', 'send "mapping", and "file" or "job", as multipart/form-data');
    if (open >= mostAtOnce)
      throw new Problem(503, 'TOO_MANY_PREVIEWS', `${mostAtOnce} previews are being made; try again`, {
        headers: { 'retry-after': '2' },
      });
    open += 1;
    const xml = await preview(request, reply).finally(() => {
      open -= 1;
    });
    return reply.type('application/xml').send(xml);
  });
}

function goneWith(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostXmlBytes)
      throw new Problem(
        413,
        'PREVIEW_TOO_LARGE',
        `the XML is over the ${mostXmlBytes} bytes that a preview shows`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What went wrong between us and the gateway, as whoever asked for the preview is told. */
function refusalOf(error: JobError): Problem {
  if (!(error instanceof JobError) || error.retryable)
    return new Problem(502, 'GATEWAY_AWAY', error.message, { cause: error });
  return new Problem(422, 'PREVIEW_REFUSED', error.message, { cause: error });
}

const noPreview = (url: string) =>
  new Problem(501, 'NO_PREVIEW', `the gateway at ${placeOf(url)} makes no previews: it has no POST /preview`);
