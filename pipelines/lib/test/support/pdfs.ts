import { deflateSync } from 'node:zlib';
import { type PDFDocument, type PDFFont, type PDFPage, StandardFonts } from 'pdf-lib';

/** A line of an invoice to print; the amounts in cents. */
export interface PrintedLine {
  description: string;
  quantity: number;
  unitPrice: number;
}

const size = 10;
const leading = 14;
const columns = [50, 350, 450, 550] as const;

const money = (cents: number): string => (cents / 100).toFixed(2);

/**
 * Prints an invoice number 1001 of 24 November 2026 in pounds, its lines on as many pages as they need, each with the
 * heading of the table.
 */
export async function printInvoice(pdf: PDFDocument, lines: readonly PrintedLine[]): Promise<void> {
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  let page = pdf.addPage([595, 842]);
  let y = 800;
  const row = (cells: readonly string[]): void => {
    printRow(page, font, y, cells);
    y -= leading;
  };
  for (const text of ['Invoice number: 1001', 'Invoice date: 24 November 2026', '']) row([text]);
  row(['Description', 'Quantity', 'Unit price', 'Amount']);
  for (const { description, quantity, unitPrice } of lines) {
    if (y < 60) {
      page = pdf.addPage([595, 842]);
      y = 800;
      row(['Description', 'Quantity', 'Unit price', 'Amount']);
    }
    row([description, String(quantity), money(unitPrice), money(quantity * unitPrice)]);
  }
  const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  y -= leading;
  row(['', '', 'Total', `GBP ${money(total)}`]);
}

/** The first cell begins at its place, the others end there. */
function printRow(page: PDFPage, font: PDFFont, y: number, cells: readonly string[]): void {
  for (const [index, text] of cells.entries()) {
    const edge = columns[index] ?? 0;
    const x = index === 0 ? edge : edge - font.widthOfTextAtSize(text, size);
    page.drawText(text, { x, y, size, font });
  }
}

/** A PDF of these objects, the first of which is its catalogue. */
export function rawPdf(objects: readonly string[], trailer = ''): Uint8Array {
  let body = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(
    `${body}${table}trailer\n<</Size ${size}/Root 1 0 R${trailer}>>\nstartxref\n${body.length}\n%%EOF`,
    'latin1',
  );
}

export const streamObject = (content: string): string =>
  `<</Length ${content.length}>>\nstream\n${content}\nendstream`;

/** A PDF with a page for each text, which takes about a second for each million of its steps to read; and so many bytes of no use. */
export function pagesPdf(
  pages: readonly (string | { text: string; steps: number })[],
  padding = 0,
): Uint8Array {
  const objects = ['<</Type/Catalog/Pages 2 0 R>>'];
  const ids = pages.map((_, i) => `${3 + 2 * i} 0 R`);
  objects.push(`<</Type/Pages/Kids[${ids.join(' ')}]/Count ${pages.length}>>`);
  for (const [i, page] of pages.entries()) {
    const { text, steps } = typeof page === 'string' ? { text: page, steps: 0 } : page;
    const packed = deflateSync(
      Buffer.from(`${'1 0 0 1 0 0 cm\n'.repeat(steps)}BT /F 10 Tf 50 800 Td (${text}) Tj ET`),
    ).toString('latin1');
    objects.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${4 + 2 * i} 0 R` +
        '/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>',
      `<</Length ${packed.length}/Filter/FlateDecode>>\nstream\n${packed}\nendstream`,
    );
  }
  if (padding > 0) objects.push(streamObject('x'.repeat(padding)));
  return rawPdf(objects);
}
