import type { MadeUp } from './made-up.ts';
import { at, end, type Piece } from './page.ts';

/** Baselines in points from the top, in any order, and what stands on each. */
export type Rows = [number, Piece[]][];
export type Layout = (invoice: MadeUp) => Rows;

const stacked = (x: number, y: number, texts: readonly string[], leading = 13): Rows =>
  texts.map((text, index) => [y + index * leading, [at(x, text)]]);

const labelled = ([label, value]: readonly [string, string, ...string[]]): string => `${label}: ${value}`;

const sums = ({ net, tax, gross }: MadeUp, y: number): Rows =>
  [net, tax, gross].map(([label, value], index) => [y + index * 15, [at(320, label), end(550, value)]]);

type Ends = readonly [number, number, number, number];
const usual: Ends = [50, 330, 440, 550];

function table({ headings, lines }: MadeUp, y: number, [what, many, price, amount]: Ends = usual): Rows {
  const row = (texts: readonly [string, string, string, string]): Piece[] => [
    at(what, texts[0]),
    end(many, texts[1]),
    end(price, texts[2]),
    end(amount, texts[3]),
  ];
  return [
    [y, row(headings)],
    ...lines.map((line, index): [number, Piece[]] => [y + 18 + index * 15, row(line)]),
  ];
}

const details = ({ number, date, due }: MadeUp, x: number, y: number): Rows =>
  stacked(x, y, [labelled(number), labelled(date), labelled(due)]);

/** The seller's letterhead at the top, its line above the window, what identifies the document on the right, numbers at the foot. */
export const letter: Layout = (invoice) => [
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
export const columns: Layout = (invoice) => [
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
export const form: Layout = (invoice) => [
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

/** The address far apart below the line of the sender; sums as sentences at the left. */
export const wideLetter: Layout = (invoice) => [
  [60, [at(400, invoice.seller[0] ?? '')]],
  [73, [at(400, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`)]],
  [
    120,
    [
      at(70, invoice.seller[0] ?? ''),
      at(190, '•'),
      at(200, invoice.seller[1] ?? ''),
      at(330, '•'),
      at(340, invoice.seller[2] ?? ''),
    ],
  ],
  ...stacked(50, 145, invoice.buyer, 32),
  [250, [at(50, invoice.title)]],
  ...details(invoice, 50, 270),
  ...table(invoice, 330),
  ...stacked(50, 400, [labelled(invoice.net), labelled(invoice.tax), labelled(invoice.gross)], 15),
];

/** The amounts of the lines one row lower than the rest, beside a code. */
export const lowerAmounts: Layout = (invoice) => [
  [50, [at(50, invoice.title)]],
  ...stacked(50, 80, [...invoice.seller, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`]),
  [150, [at(50, `${invoice.buyerLabel}:`)]],
  ...stacked(50, 164, invoice.buyer),
  ...details(invoice, 350, 80),
  [
    300,
    [
      at(50, invoice.headings[0]),
      end(330, invoice.headings[1]),
      end(440, invoice.headings[2]),
      end(550, invoice.headings[3]),
    ],
  ],
  ...invoice.lines.flatMap(
    ([what, many, price, amount], index): Rows => [
      [318 + index * 40, [at(50, what), end(330, many), end(440, price)]],
      [328 + index * 40, [at(60, `401234500123${index}`), end(550, amount)]],
    ],
  ),
  ...sums(invoice, 420),
];

/** A table of the tax by its rates, with a row that sums it up, and no other sums. */
export const ratesTable: Layout = (invoice) => {
  const isComma = invoice.tax[1].includes(',');
  const money = (text: string): string => (isComma ? text.replace('.', ',') : text);
  const first = invoice.lines[0]?.[3] ?? '';
  const short = (label: string): string => label.replace(/[\d(@].*$/, '').trim();
  return [
    [50, [at(50, invoice.seller[0] ?? '')]],
    ...stacked(50, 63, invoice.seller.slice(1)),
    [102, [at(50, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`)]],
    [140, [at(50, `${invoice.buyerLabel}:`)]],
    ...stacked(50, 154, invoice.buyer),
    ...details(invoice, 350, 140),
    ...table(invoice, 260),
    [
      340,
      [end(240, '%'), end(380, invoice.net[0]), end(440, short(invoice.tax[0])), end(550, invoice.gross[0])],
    ],
    [355, [end(240, '21'), end(380, first), end(440, money('259.26')), end(550, grossOf(first, invoice))]],
    [370, [end(240, '21'), end(380, money('65.00')), end(440, money('13.65')), end(550, money('78.65'))]],
    [385, [end(380, invoice.net[1]), end(440, invoice.tax[1]), end(550, invoice.gross[1])]],
  ];
};

/** 1493.82 as the invoice prints its sums. */
const grossOf = (first: string, { net }: MadeUp): string =>
  first.replace('234', '493').replace('56', '82').slice(0, net[1].length);

/** No letterhead: who sells stands in the foot of the page alone. */
export const footer: Layout = (invoice) => [
  ...stacked(60, 130, invoice.buyer),
  ...details(invoice, 360, 130),
  [230, [at(60, invoice.title)]],
  ...table(invoice, 280),
  ...sums(invoice, 360),
  [780, [at(50, invoice.seller[0] ?? ''), at(250, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`)]],
  [792, [at(50, invoice.seller[1] ?? ''), at(250, 'IBAN: DE89 3704 0044 0532 0130 00')]],
  [804, [at(50, invoice.seller[2] ?? ''), at(250, 'BIC: COBADEFFXXX')]],
];

/** The buyer on the left, the seller with all its numbers on the right. */
export const sellerRight: Layout = (invoice) => [
  ...stacked(50, 100, invoice.buyer),
  ...stacked(350, 60, [
    ...invoice.seller,
    `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`,
    'info@example.com',
  ]),
  [200, [at(50, `${invoice.title} ${invoice.number[1]}`)]],
  ...stacked(50, 220, [labelled(invoice.date), labelled(invoice.due)]),
  ...table(invoice, 280),
  ...sums(invoice, 360),
];

/** How many first; a column that nobody knows between; the labels of number and dates small, their values half a line lower. */
export const unknownColumn: Layout = (invoice) => [
  ...stacked(50, 60, [...invoice.seller, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`]),
  [130, [at(50, `${invoice.buyerLabel}:`)]],
  ...stacked(50, 144, invoice.buyer),
  [60, [at(350, invoice.title)]],
  ...[invoice.number, invoice.date, invoice.due].flatMap(
    ([label, value], index): Rows => [
      [90 + index * 20, [at(350, label)]],
      [94 + index * 20, [at(480, value)]],
    ],
  ),
  [
    300,
    [
      at(50, invoice.headings[1]),
      at(120, invoice.headings[0]),
      end(330, 'Xyzzy'),
      end(440, invoice.headings[2]),
      end(550, invoice.headings[3]),
    ],
  ],
  ...invoice.lines.map(([what, many, price, amount], index): [number, Piece[]] => [
    318 + index * 15,
    [at(50, many), at(120, what), end(330, `${index + 3}7`), end(440, price), end(550, amount)],
  ]),
  ...sums(invoice, 380),
];

/** Payments and their dates below the sums; the currency inside the label of the sum. */
export const payments: Layout = (invoice) => [
  ...stacked(50, 60, [...invoice.seller, `${invoice.sellerTax[0]}: ${invoice.sellerTax[1]}`]),
  [60, [at(350, invoice.title)]],
  ...details(invoice, 350, 80),
  [150, [at(50, invoice.buyerLabel)]],
  ...stacked(50, 164, invoice.buyer),
  ...table(invoice, 260),
  [340, [at(320, invoice.net[0]), end(550, invoice.net[1])]],
  [355, [at(320, invoice.tax[0]), end(550, invoice.tax[1])]],
  [
    370,
    [
      at(320, `${invoice.gross[0]} ${invoice.currency}`),
      end(550, invoice.gross[1].replace(/[^\d.,\s]/g, '').trim()),
    ],
  ],
  [410, [at(50, 'Visa'), at(150, invoice.due[1]), end(330, invoice.gross[1])]],
];
