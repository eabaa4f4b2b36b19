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
