import type { Readable } from 'node:stream';
import { Problem } from 'pg-switchyard/api';

/** Readers of PDF look for its header in the first 1024 bytes; so do we. ISO 32000-1, annex H.3, note 13. */
const headBytes = 1024;
const pdfHeader = Buffer.from('%PDF-');

/**
 * An uploaded file as it flows, checked: that it is a PDF, and its size.
 * @throws {Problem} 413 over `maxBytes`, 415 for what is no PDF, 400 for a body that breaks off
 */
export async function* receivedPdf(source: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of chunksOf(source)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    if (head.length < headBytes) {
      head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
      if (head.length === headBytes) requirePdf(head);
    }
    yield chunk;
  }
  requirePdf(head);
}

export function tooLarge(maxBytes: number): Problem {
  return new Problem(
    413,
    'TOO_LARGE',
    `the file is over the limit of ${maxBytes} bytes; send a smaller one`,
    {
      more: { maxBytes },
    },
  );
}

async function* chunksOf(source: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source) yield chunk;
  } catch (error) {
    throw brokenBody(error);
  }
}

/** What a body is that ended before its end, or is no multipart at all. */
export function brokenBody(cause: unknown): Problem {
  return new Problem(
    400,
    'BROKEN_MULTIPART',
    'the multipart body is broken or was cut short; send it whole, each part with a name, the last boundary with "--"',
    { cause },
  );
}

function requirePdf(head: Buffer): void {
  if (head.includes(pdfHeader)) return;
  const what =
    head.length === 0 ? 'the file is empty' : `the file has no "%PDF-" in its first ${headBytes} bytes`;
  throw new Problem(415, 'NOT_A_PDF', `${what}; send a PDF`);
}
