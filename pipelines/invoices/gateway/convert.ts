import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Mapping } from './mapping-schema.ts';
import { readInvoice } from './read-invoice.ts';
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
 */
export async function convertPdf({ pdf, output, mapping, pretty }: Conversion): Promise<string[]> {
  const { invoice, attachment, warnings } = await readInvoice(new Uint8Array(await readFile(pdf)));
  if (mapping.passEmbeddedXml && attachment !== undefined) {
    await writeFile(output, attachment.bytes);
  } else {
    await pipeline(Readable.from(writeXml(invoice, mapping, pretty)), createWriteStream(output));
  }
  return warnings;
}
