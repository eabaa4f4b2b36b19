import { describe, expect, it } from 'vitest';
import { extractInvoice } from '../../../gateway/extract/index.ts';
import {
  columns,
  footer,
  form,
  type Layout,
  letter,
  lowerAmounts,
  payments,
  type Rows,
  ratesTable,
  sellerRight,
  unknownColumn,
  wideLetter,
} from './layouts.ts';
import { amounts, type MadeUp, madeUp } from './made-up.ts';
import { type Piece, pageAt } from './page.ts';

const read = (layout: Layout, invoice: MadeUp) => extractInvoice([pageAt(onBaselines(layout(invoice)))]);

/** What stands on one baseline is one row. */
function onBaselines(rows: Rows): Rows {
  const merged = new Map<number, Piece[]>();
  for (const [y, pieces] of rows) merged.set(y, [...(merged.get(y) ?? []), ...pieces]);
  return [...merged].sort(([a], [b]) => a - b);
}

describe.each([
  ['a letter', letter],
  ['labels above values', columns],
  ['a form', form],
  ['a letter with a wide address', wideLetter],
  ['a list with amounts one row lower', lowerAmounts],
  ['one with a table of rates for sums', ratesTable],
  ['one whose seller stands in the footer', footer],
  ['one with its seller on the right', sellerRight],
  ['one with a column of unknown meaning', unknownColumn],
  ['one with payments', payments],
] as const)('an invoice that is %s', (_, layout) => {
  it.each(madeUp.map((invoice) => [invoice.language, invoice] as const))('is read in %s', (__, invoice) => {
    const { lines, ...header } = read(layout, invoice);
    expect(header).toMatchObject({
      type: 'invoice',
      number: invoice.number[1],
      date: invoice.date[2],
      dueDate: invoice.due[2],
      currency: invoice.currency,
      seller: { name: invoice.seller[0]?.replace(/,$/, ''), vatId: invoice.sellerTax[2] },
      buyer: { name: invoice.buyer[0] },
      totals: amounts.totals,
    });
    const firstLines = lines.map((line) => ({ ...line, description: line.description?.split('\n')[0] }));
    expect(firstLines).toMatchObject(
      invoice.lines.map(([description], index) => ({ description, ...amounts.lines[index] })),
    );
  });
});
