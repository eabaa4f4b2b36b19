import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PdfProcessFailed } from '../../lib/pdf/pdf-process.ts';
import { acceptedFormat, contentType } from './accept.ts';
import type { ConversionAnswer } from './child.ts';
import type { Conversion } from './convert.ts';
import type { Converters } from './converters.ts';
import type { Mapping } from './mapping-schema.ts';
import type { Recognizers } from './ocr/recognizers.ts';
import { convertWithOcr } from './ocr/with-ocr.ts';
import { mappingOfField, mostMappingBytes } from './preview-mapping.ts';
import { Problem } from './problems.ts';
import { Busy } from './process-pool.ts';
import { mappingName, type ReceivedPdf, type ReceiveOptions, receivePdf } from './receive.ts';
import { checkResult, type ResultCheck } from './rules/result-check.ts';
import { inWorkFolder } from './work-folder.ts';

export interface ProcessRouteDeps {
  converters: Converters;
  mappings: ReadonlyMap<string, Mapping>;
  maxUploadBytes: number;
  /** Whether an invoice that lacks terms of its mapping's norm is refused instead of written as a draft. */
  refuseIncomplete?: boolean;
  /** Recognize the text of PDFs that are images, where `GATEWAY_OCR` asks for it. */
  recognizers?: Recognizers | undefined;
  /** Checks results against the official rules, where `GATEWAY_VALIDATE` asks for it. */
  resultCheck?: ResultCheck | undefined;
}

const retryAfterSeconds = 5;

interface NamedMapping {
  /** For the log. */
  name: string;
  mapping: Mapping;
}

/**
 * `POST /process`: a PDF becomes XML. Both lie in a folder of their own, which is gone when the answer begins. `POST /preview`: the
 * same with a mapping that comes with the PDF, and is kept nowhere.
 */
export function processRoute(app: FastifyInstance, deps: ProcessRouteDeps): void {
  const convert =
    (fields: Pick<ReceiveOptions<NamedMapping>, 'readMapping' | 'fieldBytes'>) =>
    (request: FastifyRequest, reply: FastifyReply) =>
      inWorkFolder(tmpdir(), async (folder) => {
        const paths = { pdf: join(folder, 'document.pdf'), output: join(folder, 'document.xml') };
        const received = await receivePdf(request, {
          ...fields,
          path: paths.pdf,
          maxBytes: deps.maxUploadBytes,
        });
        const warnings = await convertReceived(received, paths, { request, reply, ...deps });
        const report = await checkedBy(deps.resultCheck, paths.output, { request, reply });
        if (report !== undefined) reply.header('x-invoice-validation', asciiJson(report));
        const xml = await open(paths.output, 'r');
        const { size } = await xml.stat();
        // The open file outlives its name.
        if (warnings.length > 0) reply.header('x-invoice-warnings', asHeader(warnings));
        const type = contentType(acceptedFormat(request.headers.accept) ?? 'xml');
        return reply.type(type).header('content-length', size).send(xml.createReadStream());
      });
  const takable = { onRequest: async (request: FastifyRequest) => requireTakable(request, deps.converters) };

  app.post('/process', takable, convert({ readMapping: (field) => known(field, deps.mappings) }));
  app.post(
    '/preview',
    takable,
    convert({
      readMapping: (field) => ({ name: 'of a preview', mapping: mappingOfField(field) }),
      fieldBytes: mostMappingBytes,
    }),
  );
}

function known(field: string | undefined, mappings: ReadonlyMap<string, Mapping>): NamedMapping {
  const name = mappingName(field, [...mappings.keys()]);
  const mapping = mappings.get(name);
  if (mapping === undefined) throw new Error(`the mapping ${name} was checked and is not there`);
  return { name, mapping };
}

/** Refuses what can be refused before its body is read. */
function requireTakable(request: FastifyRequest, converters: Converters): void {
  if (acceptedFormat(request.headers.accept) === undefined) {
    const detail =
      'the answer is XML or JSON; send the header "Accept: application/xml" or "Accept: application/json"';
    throw new Problem(406, 'NOT_ACCEPTABLE', detail);
  }
  if (!/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')) {
    const detail = 'send the PDF as multipart/form-data, with "file" and "mapping"';
    throw new Problem(415, 'NOT_MULTIPART', detail);
  }
  if (converters.full) throw busy();
}

async function convertReceived(
  { mapping: { name, mapping }, pretty, bytes }: ReceivedPdf<NamedMapping>,
  paths: Pick<Conversion, 'pdf' | 'output'>,
  {
    request,
    reply,
    converters,
    recognizers,
    refuseIncomplete = false,
  }: ProcessRouteDeps & { request: FastifyRequest; reply: FastifyReply },
): Promise<string[]> {
  request.log.debug({ mapping: name, bytes }, 'PDF received');
  const began = performance.now();
  const format = acceptedFormat(request.headers.accept) ?? 'xml';
  const conversion = { ...paths, mapping, pretty, refuseIncomplete, format };
  const context = { folder: dirname(paths.pdf), signal: abortedWith(reply) };
  const answer = await convertWithOcr({ converters, recognizers }, conversion, context).catch(
    (error: unknown) => {
      throw conversionProblem(error);
    },
  );
  const warnings = resultOf(answer);
  for (const warning of warnings) request.log.warn({ warning }, 'something in the PDF was passed over');
  const ms = Math.round(performance.now() - began);
  request.log.info({ mapping: name, bytes, ms }, 'PDF converted');
  return warnings;
}

async function checkedBy(
  check: ResultCheck | undefined,
  xml: string,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<object | undefined> {
  const isXml = acceptedFormat(request.headers.accept) !== 'json';
  if (check === undefined || !isXml) return undefined;
  const context = { log: request.log, signal: abortedWith(reply) };
  return checkResult(check, xml, context).catch((error: unknown) => {
    throw conversionProblem(error);
  });
}

/** A JSON list of bounded length. */
const asHeader = (warnings: readonly string[]): string =>
  asciiJson(warnings.slice(0, 5).map((warning) => warning.slice(0, 400)));

/** As headers hold it. */
const asciiJson = (value: object): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Aborted when the client goes away; the answer's own end does no harm. */
function abortedWith(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const gone = () =>
    controller.abort(new Problem(499, 'CLIENT_GONE', 'the client went away before its answer'));
  if (reply.raw.destroyed) gone();
  else reply.raw.once('close', gone);
  return controller.signal;
}

function resultOf(answer: ConversionAnswer): string[] {
  if (answer.kind === 'done') return answer.warnings;
  if (answer.kind === 'problem') throw new Problem(answer.status, answer.code, answer.message);
  throw new Problem(
    502,
    'CONVERSION_FAILED',
    'the conversion failed; the log has the reason under the request id',
    {
      cause: answer.stack,
    },
  );
}

function conversionProblem(error: unknown): unknown {
  if (error instanceof Busy) return busy();
  if (!(error instanceof PdfProcessFailed)) return error;
  const code = error.reason === 'timeout' ? 'CONVERSION_TIMEOUT' : 'CONVERSION_FAILED';
  return new Problem(502, code, error.message, { cause: error });
}

const busy = () =>
  new Problem(503, 'BUSY', `enough PDFs wait already; try again in ${retryAfterSeconds} seconds`, {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
