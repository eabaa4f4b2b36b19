import { badDocument } from './documents.ts';
import { openPdf } from './pdf.ts';
import { openText } from './plain-text.ts';

/** What reading one document may take, a page at a time. */
export interface ParseLimits {
  memoryMiB: number;
  timeoutMs: number;
}

/** A document that is being read, page after page, into a file of text. */
export interface OpenDocument {
  pages: number;
  /** Puts the page's text and a form feed at the end of the text file. Pages count from 1. */
  appendPage(page: number): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  path: string;
  /** The file that pages are put at the end of. */
  textPath: string;
  limits: ParseLimits;
  signal: AbortSignal;
}

export type Parser = (options: OpenOptions) => Promise<OpenDocument>;

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
