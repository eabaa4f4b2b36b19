import { describe, expect, it } from 'vitest';
import { extractInvoice } from '../../../gateway/extract/index.ts';
import { amounts, type MadeUp, madeUp } from './made-up.ts';
import { at, end, type Piece, pageAt } from './page.ts';

type Rows = [number, Piece[]][];
type Layout = (invoice: MadeUp) => Rows;

const stacked = (x: number, y: number, texts: readonly string[]): Rows =>
  texts.map((text, index) => [y + index * 13, [at(x, text)]]);

function table({ headings, lines }: MadeUp, y: number): Rows {
  const row = ([what, many, price, amount]: readonly [string, string, string, string]): Piece[] => [
    at(50, what),
    end(330, many),
    end(440, price),
    end(550, amount),
  ];
  return [
    [y, row(headings)],
    ...lines.map((line, index): [number, Piece[]] => [y + 18 + index * 15, row(line)]),
  ];
}

const sums = ({ net, tax, gross }: MadeUp, y: number): Rows =>
  [net, tax, gross].map(([label, value], index) => [y + index * 15, [at(320, label), end(550, value)]]);

/** The seller's letterhead at the top, its line above the window, what identifies the document on the right, numbers at the foot. */
const letter: Layout = (invoice) => [
  [40, [at(400, invoice.seller[0] ?? '')]],
  [110, [at(50, invoice.seller.join(' · '))]],
  ...stacked(50, 130, invoice.buyer),
  [220, [at(50, invoice.title)]],
  [240, [at(50, `${invoice.number[0]}: ${invoice.number[1]}`)]],
  [254, [at(50, `${invoice.date[0]}: ${invoice.date[1]}`)]],
  [268, [at(50, `${invoice.due[0]}: ${invoice.due[1]}`)]],
  ...table(invoice, 310),
  ...sums(invoice, 380),
  [780, [at(50, invoice.seller[0] ?? ''), at(250, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`)]],
];

/** Seller on the left and buyer on the right under labels; labels above values. */
const columns: Layout = (invoice) => [
  [50, [at(50, invoice.title)]],
  ...stacked(50, 80, [...invoice.seller, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`]),
  [150, [at(50, invoice.number[0]), at(220, invoice.date[0]), at(400, invoice.due[0])]],
  [164, [at(50, invoice.number[1]), at(220, invoice.date[1]), at(400, invoice.due[1])]],
  [200, [at(50, `${invoice.buyerLabel}:`)]],
  ...stacked(50, 214, invoice.buyer),
  ...table(invoice, 300),
  ...sums(invoice, 380),
];

/** All in two columns of labels and values; a table of sums. */
const form: Layout = (invoice) => [
  [50, [at(50, invoice.seller[0] ?? '')]],
  ...stacked(50, 63, invoice.seller.slice(1)),
  [102, [at(50, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`)]],
  [140, [at(50, invoice.number[0]), at(200, invoice.number[1]), at(350, `${invoice.buyerLabel}:`)]],
  [153, [at(50, invoice.date[0]), at(200, invoice.date[1]), at(350, invoice.buyer[0] ?? '')]],
  [166, [at(50, invoice.due[0]), at(200, invoice.due[1]), at(350, invoice.buyer[1] ?? '')]],
  [179, [at(350, invoice.buyer[2] ?? '')]],
  ...table(invoice, 240),
  [
    330,
    [end(330, invoice.net[0]), end(440, invoice.tax[0].replace(/[\d(@].*$/, '')), end(550, invoice.gross[0])],
  ],
  [345, [end(330, invoice.net[1]), end(440, invoice.tax[1]), end(550, invoice.gross[1])]],
];

const read = (layout: Layout, invoice: MadeUp) =>
  extractInvoice([pageAt(layout(invoice).sort(([a], [b]) => a - b))]);

describe.each([
  ['a letter', letter],
  ['labels above values', columns],
  ['a form', form],
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
    expect(lines).toMatchObject(
      invoice.lines.map(([description], index) => ({ description, ...amounts.lines[index] })),
    );
  });
});
