import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { openPdf, PdfProblem } from '../../lib/pdf/pdf.ts';
import { isCii, readCii } from './extract/cii.ts';
import { extractInvoice } from './extract/index.ts';
import { parseXml } from './extract/xml-tree.ts';
import type { Invoice } from './invoice.ts';
import { type Attachment, readAttachments, readText, type TextPage } from './text.ts';

export interface ReadInvoice {
  invoice: Invoice;
  /** The embedded EN 16931 XML, when there is one and it can be read. */
  attachment?: Attachment;
  /** What was passed over, in words for a log: an embedded XML that is damaged or of another kind. */
  warnings: string[];
}

/**
 * Reads an invoice out of a PDF: from its embedded XML where there is one, from the text what that leaves out. The
 * bytes are handed over: the caller's array is empty afterwards.
 *
 * @throws PdfProblem when the file cannot be read, or has neither text nor embedded XML
 */
export async function readInvoice(bytes: Uint8Array): Promise<ReadInvoice> {
  const pdf = await openPdf(bytes);
  try {
    return await readOpened(pdf);
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function readOpened(pdf: PDFDocumentProxy): Promise<ReadInvoice> {
  const { embedded, warnings } = embeddedInvoice(await readAttachments(pdf));
  const pages = await readText(pdf);
  if (embedded === undefined) {
    if (!hasText(pages)) {
      throw new PdfProblem(
        'IMAGE_ONLY',
        'The PDF has no text, only images or blank pages: run text recognition (OCR) over it and send it again.',
      );
    }
    return { invoice: extractInvoice(pages), warnings };
  }
  const { invoice, attachment } = embedded;
  return { invoice: completed(invoice, extractInvoice(pages)), attachment, warnings };
}

const hasText = (pages: readonly TextPage[]): boolean => pages.some(({ lines }) => lines.length > 0);

function embeddedInvoice(attachments: readonly Attachment[]): {
  embedded?: { invoice: Invoice; attachment: Attachment };
  warnings: string[];
} {
  const warnings: string[] = [];
  for (const attachment of attachments) {
    try {
      const root = parseXml(attachment.bytes);
      if (isCii(root)) return { embedded: { invoice: readCii(root), attachment }, warnings };
      warnings.push(
        `${attachment.name} in the PDF is passed over: its root is ${root.name}, not CrossIndustryInvoice`,
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warnings.push(`${attachment.name} in the PDF is passed over: ${why.slice(0, 200)}`);
    }
  }
  return { warnings };
}

/**
 * The embedded fields, and from the text those that they leave out. A party, the totals and the lines are each taken
 * whole from one source, so that none is mixed from two.
 */
function completed(embedded: Invoice, text: Invoice): Invoice {
  const hasTotals = embedded.totals.gross !== undefined;
  return {
    ...text,
    ...embedded,
    totals: hasTotals ? embedded.totals : text.totals,
    lines: embedded.lines.length > 0 ? embedded.lines : text.lines,
  };
}
