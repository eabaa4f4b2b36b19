import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { openPdf, PdfProblem } from '../../lib/pdf/pdf.ts';
import { type Attachment, type EmbeddedStream, embeddedStreams, readAttachments } from './attachments.ts';
import { embeddedInvoice } from './embedded-invoice.ts';
import { readPages } from './extract/index.ts';
import type { Invoice } from './invoice.ts';
import { doubtsOf, embeddedFields, type Reading } from './reading.ts';
import { readText, type TextPage } from './text.ts';

export interface ReadInvoice {
  invoice: Invoice;
  /** The text that it was read from. */
  pages: readonly TextPage[];
  /** The embedded EN 16931 XML, when there is one and it can be read. */
  attachment?: Attachment;
  /** Why an embedded file that is named as an XML invoice cannot be read as one. */
  damaged?: string;
  /** Why the document is taken for no invoice. */
  notAnInvoice?: string;
  /** What was passed over, in words for a log: an embedded XML that is damaged or of another kind. */
  warnings: string[];
}

/**
 * Reads an invoice out of a PDF: from its embedded XML where there is one, from the text what that leaves out. The
 * bytes are handed over: the caller's array is empty afterwards.
 *
 * @param recognized the text of pages that are images, for a document that has none of its own
 * @throws PdfProblem when the file cannot be read, or has neither text nor embedded XML
 */
export async function readInvoice(bytes: Uint8Array, recognized?: readonly TextPage[]): Promise<ReadInvoice> {
  const streams = embeddedStreams(bytes);
  const pdf = await openPdf(bytes);
  try {
    return await readOpened(pdf, streams, recognized);
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function readOpened(
  pdf: PDFDocumentProxy,
  streams: readonly EmbeddedStream[],
  recognized: readonly TextPage[] | undefined,
): Promise<ReadInvoice> {
  const { found, damaged, warnings } = embeddedInvoice(await readAttachments(pdf, streams));
  const own = await readText(pdf);
  const pages = hasText(own) ? own : (recognized ?? own);
  if (found !== undefined) {
    const text = readPages(pages);
    return {
      invoice: completed(found.invoice, { ...text.invoice, reading: text.reading }),
      pages,
      attachment: found.attachment,
      warnings,
    };
  }
  if (!hasText(pages)) {
    throw new PdfProblem(
      'IMAGE_ONLY',
      recognized === undefined
        ? 'The PDF has no text, only images or blank pages: run text recognition (OCR) over it and send it again.'
        : 'The PDF has no text, and none was recognized in its images: scan it again, straight and with 300 dots per inch.',
    );
  }
  const { invoice, reading, notAnInvoice } = readPages(pages);
  return {
    invoice: { ...invoice, reading },
    pages,
    ...(notAnInvoice !== undefined && { notAnInvoice }),
    ...(damaged !== undefined && { damaged }),
    warnings: [...warnings, ...told(reading)],
  };
}

const hasText = (pages: readonly TextPage[]): boolean => pages.some(({ lines }) => lines.length > 0);

/**
 * The embedded fields, and from the text those that they leave out. A party, the totals and the lines are each taken
 * whole from one source, so that none is mixed from two.
 */
function completed(embedded: Invoice, text: Invoice): Invoice {
  const hasTotals = embedded.totals.gross !== undefined;
  const { reading, ...rest } = text;
  const taken = {
    ...embedded,
    totals: hasTotals ? embedded.totals : text.totals,
    lines: embedded.lines.length > 0 ? embedded.lines : text.lines,
  };
  return { ...rest, ...taken, ...(reading && { reading: evidenceOf(taken, text, reading) }) };
}

/** Of the text's evidence that for what the XML leaves out. */
function evidenceOf(taken: Invoice, text: Invoice, reading: Reading): Reading {
  const { totals, lines, ...rest } = taken;
  const own = {
    ...rest,
    ...(totals !== text.totals && { totals }),
    ...(lines !== text.lines && { lines }),
  };
  const isOfText = ({ field }: { field: string }): boolean =>
    !Object.hasOwn(own, /^\w+/.exec(field)?.[0] ?? '');
  return {
    leastConfidence: reading.leastConfidence,
    fields: [...embeddedFields(own), ...reading.fields.filter(isOfText)],
    doubtful: reading.doubtful.filter(isOfText),
  };
}

function told(reading: Reading): string[] {
  const doubts = doubtsOf(reading);
  return doubts === undefined ? [] : [doubts];
}
