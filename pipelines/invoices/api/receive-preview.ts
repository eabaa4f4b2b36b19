import { writeFile } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import { Problem, quoteInput } from 'pg-switchyard/api';
import { mostMappingBytes } from '../gateway/preview-mapping.ts';
import { readMapping } from '../gateway/read-mapping.ts';
import { receivedPdf, tooLarge } from './receive-file.ts';
import { cutOffPast, multipartProblem } from './receive-upload.ts';

const framingBytes = 64 * 1024;
const partLimits = { files: 1, fields: 2, parts: 3, fieldNameSize: 100, headerPairs: 50 };
const mostToldProblems = 50;

/** What a preview is of. */
export interface PreviewRequest {
  /** JSON, checked. */
  mapping: string;
  /** Whether the PDF came with it. */
  hasFile: boolean;
  /** The job whose PDF it is to be, as it was sent. */
  job: string | undefined;
}

/**
 * Reads the form of a preview: `mapping`, and either a PDF as `file`, which goes to `temporary`, or the id of a job as `job`. The caller
 * removes the file.
 * @throws {Problem} that names what is wrong; 422 with all that is wrong with the mapping
 */
export async function receivePreview(
  request: FastifyRequest,
  temporary: string,
  maxUploadBytes: number,
): Promise<PreviewRequest> {
  const around = framingBytes + mostMappingBytes;
  cutOffPast(request, 2 * maxUploadBytes + around);
  try {
    if (Number(request.headers['content-length'] ?? 0) > maxUploadBytes + around)
      throw tooLarge(maxUploadBytes);
    return await readParts(request, temporary, maxUploadBytes);
  } catch (error) {
    // Left unread it would block the connection.
    request.raw.unpipe();
    request.raw.resume();
    throw multipartProblem(error);
  }
}

async function readParts(
  request: FastifyRequest,
  temporary: string,
  maxUploadBytes: number,
): Promise<PreviewRequest> {
  const fields = new Map<string, string>();
  let hasFile = false;
  const limits = { ...partLimits, fieldSize: mostMappingBytes, fileSize: maxUploadBytes + 1 };
  for await (const part of request.parts({ limits })) {
    const name = String(part.fieldname);
    if (part.type === 'file') {
      if (name !== 'file') throw unknownField(name);
      await writeFile(temporary, receivedPdf(part.file, maxUploadBytes));
      hasFile = true;
    } else {
      if (name !== 'mapping' && name !== 'job') throw unknownField(name);
      if (part.valueTruncated)
        throw new Problem(413, 'TOO_LARGE', `the mapping is over the limit of ${mostMappingBytes} bytes`);
      fields.set(name, String(part.value));
      if (name === 'mapping') requireMapping(String(part.value));
    }
  }
  const mapping = fields.get('mapping');
  if (mapping === undefined)
    throw new Problem(400, 'NO_MAPPING', 'the field "mapping" is missing; send the mapping as JSON');
  const job = fields.get('job');
  if (hasFile === (job !== undefined))
    throw new Problem(
      400,
      'NO_FILE',
      'send either a PDF as the file "file" or the id of a job as the field "job"',
    );
  return { mapping, hasFile, job };
}

/** @throws {Problem} with each place in the mapping that is wrong */
function requireMapping(text: string): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'MAPPING_NOT_JSON', `the mapping is not JSON: ${(error as Error).message}`);
  }
  const { problems } = readMapping(json);
  if (problems === undefined) return;
  const [{ place, message }] = problems;
  throw new Problem(422, 'MAPPING_WRONG', `the mapping is wrong at ${place}: ${message.slice(0, 500)}`, {
    more: {
      errors: problems
        .slice(0, mostToldProblems)
        .map((problem) => ({ ...problem, message: problem.message.slice(0, 500) })),
    },
  });
}

const unknownField = (name: string) =>
  new Problem(
    400,
    'UNKNOWN_FIELD',
    `there is no field ${quoteInput(name)}; send "mapping", and "file" or "job"`,
  );
