import { badDocument } from './documents.ts';
import type { Parser } from './open-document.ts';
import { openPdf } from './pdf.ts';
import { openText } from './plain-text.ts';

const parsers: Record<string, Parser> = {
  'application/pdf': openPdf,
  'text/plain': openText,
  'text/markdown': openText,
};

/** @throws {JobError} for a media type that is not read; its parameters do not count */
export function parserOf(mediaType: string): Parser {
  const type = (mediaType.split(';')[0] ?? '').trim().toLowerCase();
  const parser = Object.hasOwn(parsers, type) ? parsers[type] : undefined;
  if (parser === undefined) {
    const supported = Object.keys(parsers).join(', ');
    throw badDocument(
      `media type ${JSON.stringify(mediaType.slice(0, 100))} is not read; supported: ${supported}`,
    );
  }
  return parser;
}
