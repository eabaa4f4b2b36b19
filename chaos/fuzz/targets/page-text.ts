import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { extractInvoice } from '../../../pipelines/invoices/gateway/extract/index.ts';
import { loadMappings } from '../../../pipelines/invoices/gateway/mappings.ts';
import type { TextLine, TextPage } from '../../../pipelines/invoices/gateway/text.ts';
import { writeXml } from '../../../pipelines/invoices/gateway/write-xml.ts';
import { XmlCheck } from '../../../pipelines/invoices/xml.ts';
import type { Target } from '../target.ts';

/** The words of invoices, and what drives patterns that search for them to despair. */
const word = fc.oneof(
  fc.constantFrom(
    ...[
      'Invoice',
      'number:',
      'Rechnung Nr.',
      '#',
      'Date',
      'Fällig bis',
      'Total',
      'Totaal incl. btw',
      'VAT',
      'Net',
      'EUR',
      '€',
    ],
    ...[
      '12.345,67',
      '1,234.56',
      '-5',
      '(7.00)',
      '21%',
      '24/11/2026',
      '11-24-26',
      '31.02.2026',
      '2026-99-99',
      '00000',
    ],
    ...[
      'Description',
      'Quantity',
      'Unit price',
      'Amount',
      'Bill to',
      'Seller',
      'IBAN',
      'NL91ABNA0417164300',
      'NL123456789B01',
    ],
    ...[
      '1012 AB Amsterdam',
      'Fremont CA 94538',
      'a@b.example',
      'www.x.example',
      'GmbH',
      'Germany',
      'HRB 12345',
      '+31 20 123 4567',
    ],
    ...[
      '\u0000',
      '\ud800',
      '😀',
      '\u0301'.repeat(50),
      '__proto__',
      'constructor',
      '<&>',
      ':',
      '-',
      '|',
      '٣٤',
      '①',
    ],
    ...[
      '1'.repeat(2_000),
      '1,'.repeat(1_000),
      'a.'.repeat(1_000),
      'a@'.repeat(1_000),
      'A1 '.repeat(700),
      '- '.repeat(1_000),
    ],
    ...[
      ' '.repeat(3_000),
      '('.repeat(2_000),
      '12 345 '.repeat(300),
      'NL91 ABNA '.repeat(200),
      '1x'.repeat(1_000),
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const place = fc.oneof(
  fc.integer({ min: 0, max: 600 }),
  fc.constantFrom(0, -1e9, 1e9, 1e-9, 0.5, Number.MAX_SAFE_INTEGER),
);
const item = fc.record({
  text: word,
  x: place,
  y: place,
  width: place,
  height: fc.constantFrom(0, 1e-9, 8, 10, 12, 1e6),
});
const line: fc.Arbitrary<TextLine> = fc
  .tuple(place, fc.array(item, { minLength: 1, maxLength: 7 }))
  .map(([y, items]) => ({
    y,
    items: items.map((one) => ({ ...one, y })).sort((a, b) => a.x - b.x),
  }));
const page: fc.Arbitrary<TextPage> = fc
  .tuple(fc.constantFrom(595, 0, 1e6), fc.constantFrom(842, 0, 1e6), fc.array(line, { maxLength: 14 }))
  .map(([width, height, lines]) => ({ width, height, lines: lines.sort((a, b) => a.y - b.y) }));

export const pageText: Target = {
  name: 'page-text',
  about: 'what is read out of a page, whatever stands on it, becomes well-formed XML',
  cases: 6_000,
  shortCases: 150,
  async open() {
    const mappings = [...(await loadMappings('mappings')).values()];
    const property = fc.asyncProperty(fc.array(page, { maxLength: 3 }), async (pages) => {
      const invoice = extractInvoice(pages);
      for (const mapping of mappings) {
        const check = new XmlCheck();
        for (const piece of writeXml(invoice, mapping, false)) check.write(Buffer.from(piece));
        equal(check.end(), undefined);
      }
    });
    return { property, close: async () => undefined };
  },
};
