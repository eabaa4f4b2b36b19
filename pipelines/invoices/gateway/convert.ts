import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AnswerFormat } from './accept.ts';
import { layOut, rowText } from './extract/layout.ts';
import type { Invoice } from './invoice.ts';
import { InvoiceProblem } from './invoice-problem.ts';
import type { Mapping } from './mapping-schema.ts';
import { completed } from './norm/complete.ts';
import { missingTerms } from './norm/missing-terms.ts';
import { readRecognized, recognitionWarning } from './ocr/recognized-text.ts';
import { type ReadInvoice, readInvoice } from './read-invoice.ts';
import { writeXml } from './write-xml.ts';

/** One PDF to convert, files by their paths. */
export interface Conversion {
  pdf: string;
  /** Where the XML is written. */
  output: string;
  mapping: Mapping;
  pretty: boolean;
  /** XML by the mapping, or the JSON that the mapping reads. */
  format: AnswerFormat;
  /** The text of a PDF that has none of its own, by its path: what recognition found. */
  recognizedText?: string;
  /** Whether an invoice that lacks terms of its mapping's norm is refused; otherwise it is written as a draft that says so. */
  refuseIncomplete: boolean;
}

/**
 * PDF → JSON → XML. Answers what was passed over on the way, in words for a log.
 * @throws {PdfProblem} when the PDF cannot be read
 * @throws {InvoiceProblem} when it is no invoice, lacks terms of the norm and is to be refused then, or its embedded XML is damaged and wanted as it is
 */
export async function convertPdf({
  pdf,
  output,
  mapping,
  pretty,
  format,
  recognizedText,
  refuseIncomplete,
}: Conversion): Promise<string[]> {
  const recognized = recognizedText === undefined ? undefined : await readRecognized(recognizedText);
  const read = await readInvoice(new Uint8Array(await readFile(pdf)), recognized);
  requireInvoice(read, mapping);
  const { invoice, attachment } = read;
  const warnings = [...read.warnings, ...(recognized === undefined ? [] : [recognitionWarning(recognized)])];
  if (format === 'xml' && mapping.passEmbeddedXml && attachment !== undefined) {
    await writeFile(output, attachment.bytes);
    return warnings;
  }
  const write = (written: Invoice, draft?: string): Promise<void> =>
    format === 'json'
      ? writeFile(output, JSON.stringify(written, null, pretty ? 2 : undefined))
      : pipeline(Readable.from(writeXml(written, mapping, pretty, draft)), createWriteStream(output));
  if (mapping.norm === undefined) {
    await write(invoice);
    return warnings;
  }
  const whole = completed(invoice, layOut(read.pages).map(rowText));
  const missing = incomplete(missingTerms(whole), refuseIncomplete);
  await write(whole, missing);
  return missing === undefined ? warnings : [...warnings, missing];
}

/** What a draft says of itself; `undefined`: it is whole. */
function incomplete(missing: readonly string[], refuse: boolean): string | undefined {
  if (missing.length === 0) return undefined;
  const more = missing.length > mostTold ? ` and ${missing.length - mostTold} more` : '';
  const told = `${missing.slice(0, mostTold).join('; ')}${more}`;
  if (refuse) {
    const detail = `the page does not say all that EN 16931 asks for; it lacks: ${told}`;
    throw new InvoiceProblem(422, 'TERMS_MISSING', detail);
  }
  return `Draft: this is no complete invoice of EN 16931. Missing: ${told}`;
}

/** An invoice of many lines may lack the same in each. */
const mostTold = 12;

function requireInvoice({ damaged, notAnInvoice }: ReadInvoice, { passEmbeddedXml }: Mapping): void {
  if (passEmbeddedXml && damaged !== undefined) {
    const detail = `the XML invoice inside the PDF cannot be read (${damaged}); have it made again, or use a mapping that reads the page`;
    throw new InvoiceProblem(422, 'EMBEDDED_XML_DAMAGED', detail);
  }
  if (notAnInvoice !== undefined) {
    throw new InvoiceProblem(406, 'NOT_AN_INVOICE', `the PDF is not taken for an invoice: ${notAnInvoice}`);
  }
}
