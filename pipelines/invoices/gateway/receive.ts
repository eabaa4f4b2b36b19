import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Problem, shown } from './problems.ts';

/** Readers of PDF look for its header in the first 1024 bytes; so do we. ISO 32000-1, annex H.3, note 13. */
const headBytes = 1024;
/** Room for boundaries, part headers and text fields around the file. */
const framingBytes = 64 * 1024;
const partLimits = { files: 1, fields: 4, parts: 5, fieldSize: 256, fieldNameSize: 100, headerPairs: 50 };

export interface ReceivedPdf<M> {
  mapping: M;
  pretty: boolean;
  bytes: number;
}

export interface ReceiveOptions<M> {
  /** Where the PDF is written. */
  path: string;
  maxBytes: number;
  /** What the field `mapping` stands for, which may be missing; throws a problem where that is nothing. */
  readMapping: (field: string | undefined) => M;
  /** How long a field may be; usually 256. */
  fieldBytes?: number;
}

/**
 * Reads a multipart body: its PDF to a file as it flows, its fields checked. After an error what is still to come of the
 * body is read and thrown away.
 * @throws {Problem} that names what is wrong; system errors of the disk
 */
export async function receivePdf<M>(
  request: FastifyRequest,
  options: ReceiveOptions<M>,
): Promise<ReceivedPdf<M>> {
  const around = framingBytes + (options.fieldBytes ?? 0);
  cutOffPast(request, 2 * options.maxBytes + around);
  try {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > options.maxBytes + around) throw tooLarge(options.maxBytes);
    return await readParts(request, options);
  } catch (error) {
    // Left unread it would block the connection; the client may be one that reads the answer only after its last byte.
    request.raw.unpipe();
    request.raw.resume();
    throw multipartProblem(error);
  }
}

async function readParts<M>(request: FastifyRequest, options: ReceiveOptions<M>): Promise<ReceivedPdf<M>> {
  // The reader waits for the connection to close, and would wait for ever for one that is closed already.
  if (request.raw.destroyed) throw clientGone();
  const fields = new Map<string, string>();
  let bytes: number | undefined;
  const fieldSize = options.fieldBytes ?? partLimits.fieldSize;
  const limits = { ...partLimits, fieldSize, fileSize: options.maxBytes + 1 };
  for await (const part of request.parts({ limits })) {
    const name = String(part.fieldname);
    if (part.type === 'file') {
      if (name !== 'file') throw unknownField(name);
      bytes = await storePdf(part.file, options);
    } else {
      if (name !== 'mapping' && name !== 'pretty') throw name === 'file' ? noFile() : unknownField(name);
      if (fields.has(name))
        throw new Problem(400, 'REPEATED_FIELD', `the field ${shown(name)} came twice; send it once`);
      if (part.valueTruncated)
        throw new Problem(
          413,
          'TOO_LARGE',
          `the field ${shown(name)} is over the limit of ${fieldSize} bytes`,
        );
      fields.set(name, String(part.value));
    }
  }
  if (bytes === undefined) throw noFile();
  return {
    mapping: options.readMapping(fields.get('mapping')),
    pretty: prettyOf(fields.get('pretty')),
    bytes,
  };
}

async function storePdf(source: Readable, options: { path: string; maxBytes: number }): Promise<number> {
  let bytes = 0;
  let head = Buffer.alloc(0);
  const file = await open(options.path, 'wx', 0o600);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > options.maxBytes) throw tooLarge(options.maxBytes);
      if (head.length < headBytes) {
        head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
        if (head.length === headBytes) requirePdf(head);
      }
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  requirePdf(head);
  return bytes;
}

function requirePdf(head: Buffer): void {
  if (head.includes('%PDF-')) return;
  const what =
    head.length === 0 ? 'the file is empty' : `the file has no "%PDF-" in its first ${headBytes} bytes`;
  throw new Problem(415, 'NOT_A_PDF', `${what}; send a PDF`);
}

/** The name of one of the mappings, which the field has with its ending. */
export function mappingName(value: string | undefined, mappings: readonly string[]): string {
  const known = mappings.map((name) => `${name}.json`).join(', ');
  if (value === undefined)
    throw new Problem(400, 'NO_MAPPING', `the field "mapping" is missing; send one of ${known}`);
  const name = value.endsWith('.json') ? value.slice(0, -'.json'.length) : undefined;
  if (name !== undefined && mappings.includes(name)) return name;
  throw new Problem(400, 'UNKNOWN_MAPPING', `there is no mapping ${shown(value)}; send one of ${known}`);
}

function prettyOf(value: string | undefined): boolean {
  if (value === undefined || value === '0') return false;
  if (value === '1') return true;
  throw new Problem(400, 'BAD_FIELD', `the field "pretty" must be 1 or 0, got ${shown(value)}`);
}

const noFile = () =>
  new Problem(400, 'NO_FILE', 'there is no file; send the PDF as the multipart file "file"');

const unknownField = (name: string) =>
  new Problem(400, 'UNKNOWN_FIELD', `there is no field ${shown(name)}; send "file", "mapping" and "pretty"`);

const tooLarge = (maxBytes: number) =>
  new Problem(413, 'TOO_LARGE', `the PDF is over the limit of ${maxBytes} bytes; send a smaller one`);

const clientGone = (cause?: unknown) =>
  new Problem(499, 'CLIENT_GONE', 'the client went away before its PDF was here', { cause });

/** The problem that an error of the multipart library or the connection stands for; others stay as they are. */
function multipartProblem(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : undefined;
  if (code === 'FST_FILES_LIMIT') return new Problem(400, 'TOO_MANY_FILES', 'send one file, not several');
  if (code === 'FST_FIELDS_LIMIT' || code === 'FST_PARTS_LIMIT') {
    return new Problem(
      400,
      'TOO_MANY_FIELDS',
      'there are too many fields; send "file", "mapping" and "pretty"',
    );
  }
  if (code === 'ECONNRESET') return clientGone(error);
  // The parser's own errors have no code, those of the disk do.
  if (code !== undefined && !code.startsWith('FST_')) return error;
  const detail = 'the multipart body is broken or was cut short; send it whole, the last boundary with "--"';
  return new Problem(400, 'BROKEN_MULTIPART', detail, { cause: error });
}

/** Breaks the connection of a client that goes on sending far past all limits, answered or not. */
function cutOffPast(request: FastifyRequest, bytes: number): void {
  let received = 0;
  const count = (chunk: Buffer) => {
    received += chunk.length;
    if (received > bytes) request.raw.destroy();
  };
  // Not before somebody reads: a listener of its own would set the body flowing, to nobody.
  request.raw.once('resume', () => request.raw.on('data', count));
}
