import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvoiceProblem } from './invoice-problem.ts';
import type { Mapping } from './mapping-schema.ts';
import { type ReadInvoice, readInvoice } from './read-invoice.ts';
import { writeXml } from './write-xml.ts';

/** One PDF to convert, files by their paths. */
export interface Conversion {
  pdf: string;
  /** Where the XML is written. */
  output: string;
  mapping: Mapping;
  pretty: boolean;
}

/**
 * PDF → JSON → XML. Answers what was passed over on the way, in words for a log.
 * @throws {PdfProblem} when the PDF cannot be read
 * @throws {InvoiceProblem} when it is no invoice, or its embedded XML is damaged and wanted as it is
 */
export async function convertPdf({ pdf, output, mapping, pretty }: Conversion): Promise<string[]> {
  const read = await readInvoice(new Uint8Array(await readFile(pdf)));
  requireInvoice(read, mapping);
  const { invoice, attachment, warnings } = read;
  if (mapping.passEmbeddedXml && attachment !== undefined) {
    await writeFile(output, attachment.bytes);
  } else {
    await pipeline(Readable.from(writeXml(invoice, mapping, pretty)), createWriteStream(output));
  }
  return warnings;
}

function requireInvoice({ damaged, notAnInvoice }: ReadInvoice, { passEmbeddedXml }: Mapping): void {
  if (passEmbeddedXml && damaged !== undefined) {
    const detail = `the XML invoice inside the PDF cannot be read (${damaged}); have it made again, or use a mapping that reads the page`;
    throw new InvoiceProblem(422, 'EMBEDDED_XML_DAMAGED', detail);
  }
  if (notAnInvoice !== undefined) {
    throw new InvoiceProblem(406, 'NOT_AN_INVOICE', `the PDF is not taken for an invoice: ${notAnInvoice}`);
  }
}
