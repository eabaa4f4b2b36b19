import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { FileStore, StoredFile } from 'pg-switchyard';
import { Problem, quoteInput } from 'pg-switchyard/api';
import { cleanFileName } from '../../lib/file-names.ts';
import { brokenBody, receivedPdf, tooLarge } from './receive-file.ts';
import { removeUpload } from './remove-upload.ts';
import { UploadFieldReader, type UploadFields, unknownField } from './upload-fields.ts';

/** Room for boundaries, part headers and text fields around the file. */
const framingBytes = 64 * 1024;
const partLimits = { files: 1, fields: 8, parts: 10, fieldSize: 1024, fieldNameSize: 100, headerPairs: 50 };

export interface ReceivedUpload extends UploadFields {
  file: StoredFile;
  originalName: string;
}

interface UploadOptions {
  uploads: FileStore;
  mappingsDir: string;
  maxUploadBytes: number;
}

/**
 * Reads a multipart upload: stores its one file under `name`, and checks its fields, which may come after the file.
 * When it throws there is no file, and what is still to come of the body is read and thrown away.
 * @throws {Problem} that names what is wrong
 */
export async function receiveUpload(
  request: FastifyRequest,
  name: string,
  options: UploadOptions,
): Promise<ReceivedUpload> {
  const limitBytes = options.maxUploadBytes;
  cutOffPast(request, 2 * limitBytes + framingBytes);
  try {
    const announced = announcedBytes(request);
    if (announced > limitBytes + framingBytes) throw tooLarge(limitBytes);
    await options.uploads.requireRoom(announced);
    return await readParts(request, name, options);
  } catch (error) {
    await removeUpload(options.uploads, name, request.log);
    // Left unread it would block the connection; the client may be one that reads the answer only after its last byte.
    request.raw.unpipe();
    request.raw.resume();
    throw multipartProblem(error);
  }
}

async function readParts(
  request: FastifyRequest,
  name: string,
  options: UploadOptions,
): Promise<ReceivedUpload> {
  // The reader waits for the connection to close, and would wait for ever for one that is closed already.
  if (request.raw.destroyed) throw brokenBody(new Error('the client went away'));
  const fields = new UploadFieldReader(options.mappingsDir);
  let received: { file: StoredFile; originalName: string } | undefined;
  for await (const part of request.parts({
    limits: { ...partLimits, fileSize: options.maxUploadBytes + 1 },
  })) {
    if (part.type === 'file') {
      if (part.fieldname !== 'file') throw unknownField(String(part.fieldname));
      const file = await options.uploads.put(name, receivedPdf(part.file, options.maxUploadBytes));
      received = { file, originalName: cleanFileName(part.filename) };
    } else {
      await fields.take(String(part.fieldname), textOf(part));
    }
  }
  if (received === undefined) {
    throw new Problem(
      400,
      'NO_FILE',
      'there is no file; send one as the multipart field "file": curl -F file=@invoice.pdf',
    );
  }
  return { ...received, ...(await fields.finish()) };
}

function textOf(part: Multipart & { type: 'field' }): string {
  const name = String(part.fieldname);
  if (name === 'file') {
    throw new Problem(
      400,
      'NO_FILE',
      'the field "file" came as text; send it as a file: curl -F file=@invoice.pdf',
    );
  }
  if (typeof part.value !== 'string' || part.valueTruncated) {
    throw new Problem(
      400,
      'BAD_FIELD',
      `the field ${quoteInput(name)} must be a text of at most ${partLimits.fieldSize} bytes`,
    );
  }
  return part.value;
}

/** The problem that an error of the multipart library stands for; others stay as they are. */
export function multipartProblem(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'FST_FILES_LIMIT') return new Problem(400, 'TOO_MANY_FILES', 'send one file, not several');
  if (code === 'FST_FIELDS_LIMIT' || code === 'FST_PARTS_LIMIT') {
    return new Problem(
      400,
      'TOO_MANY_FIELDS',
      'there are too many fields; send "file", "mapping", "priority", "customer" and "runAt"',
    );
  }
  if (code === 'FST_PROTO_VIOLATION') return unknownField('of a reserved name');
  // The parser's own errors have no code, those of the disk and the database do.
  return code === undefined || String(code).startsWith('FST_') ? brokenBody(error) : error;
}

/** How long the body says it is; 0 when it does not. */
function announcedBytes(request: FastifyRequest): number {
  const length = Number(request.headers['content-length'] ?? 0);
  return Number.isSafeInteger(length) ? length : 0;
}

/** Breaks the connection of a client that goes on sending far past all limits, answered or not. */
export function cutOffPast(request: FastifyRequest, bytes: number): void {
  let received = 0;
  const count = (chunk: Buffer) => {
    received += chunk.length;
    if (received > bytes) request.raw.destroy();
  };
  // Not before somebody reads: a listener of its own would set the body flowing, to nobody.
  request.raw.once('resume', () => request.raw.on('data', count));
}
