import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { checkoutDir } from '../server/dev/roles.ts';

const realDir = join(checkoutDir, '../shared/invoices');
const examples = ['plain-invoice.pdf', 'hybrid-invoice.pdf'].map((name) =>
  join(checkoutDir, 'examples', name),
);

/** Real invoices where they lie beside the checkout, otherwise those of `examples/`. */
export async function typicalInvoices(): Promise<string[]> {
  if (!existsSync(realDir)) return examples;
  const names = (await readdir(realDir)).filter((name) => name.endsWith('.pdf')).sort();
  return names.map((name) => join(realDir, name));
}

/** An invoice that carries 40 MB of something that does not compress, as scanners and careless programs make them. */
export async function writeLargeInvoice(path: string): Promise<void> {
  const pdf = await PDFDocument.load(await readFile(join(checkoutDir, 'examples/plain-invoice.pdf')));
  await pdf.attach(randomBytes(40 * 1024 * 1024), 'scan.bin', { mimeType: 'application/octet-stream' });
  await writeFile(path, await pdf.save({ useObjectStreams: false }));
}
