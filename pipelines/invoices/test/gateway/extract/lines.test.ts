import { describe, expect, it } from 'vitest';
import type { Found } from '../../../gateway/extract/evidence.ts';
import { layOut } from '../../../gateway/extract/layout.ts';
import { linesOf } from '../../../gateway/extract/lines.ts';
import type { TextPage } from '../../../gateway/text.ts';
import { at, end, type Piece, pageAt, pageOf } from './page.ts';

type Rows = (readonly Piece[] | null)[];
const linesIn = (...pages: Rows[]) => valuesIn(pages.map(pageOf));

/** The lines of pages, without what speaks for them. */
const valuesIn = (pages: TextPage[]): Record<string, string>[] =>
  linesOf(layOut(pages), '.').lines.map((line) =>
    Object.fromEntries(Object.entries<Found>(line).map(([field, { value }]) => [field, value])),
  );

const heading = [at(50, 'Description'), end(350, 'Quantity'), end(450, 'Unit price'), end(550, 'Amount')];
const line = (text: string, quantity: string, price: string, amount: string) => [
  at(50, text),
  end(350, quantity),
  end(450, price),
  end(550, amount),
];

describe('linesOf', () => {
  it('goes on over pages, with the heading on each or on the first alone', () => {
    const letterhead = [at(50, 'Acme Ltd'), at(400, 'Page 2')];
    const lines = linesIn(
      [heading, line('One', '1', '1.00', '1.00')],
      [letterhead, heading, line('Two', '2', '1.00', '2.00')],
      [line('Three', '3', '1.00', '3.00')],
    );
    expect(lines).toEqual([
      { description: 'One', quantity: '1', unitPrice: '1.00', amount: '1.00' },
      { description: 'Two', quantity: '2', unitPrice: '1.00', amount: '2.00' },
      { description: 'Three', quantity: '3', unitPrice: '1.00', amount: '3.00' },
    ]);
  });

  it('keeps a wrapped description together, also when it reaches under the next heading', () => {
    const lines = linesIn([
      heading,
      line('Oak table', '1', '10.00', '10.00'),
      [at(50, 'with a long description of its legs, its top and drawers 24')],
      line('Chair', '2', '5.00', '10.00'),
    ]);
    expect(lines.map(({ description }) => description)).toEqual([
      'Oak table\nwith a long description of its legs, its top and drawers 24',
      'Chair',
    ]);
  });

  it('gives text above a row of bare numbers to that row', () => {
    const lines = linesIn([
      heading,
      [at(50, 'Consulting')],
      [end(350, '1'), end(450, '10.00'), end(550, '10.00')],
      null,
      [at(50, 'Travel')],
      [end(350, '2'), end(450, '5.00'), end(550, '10.00')],
    ]);
    expect(lines.map(({ description }) => description)).toEqual(['Consulting', 'Travel']);
  });

  it('leaves out sums between and after the lines, and what stands below them', () => {
    const lines = linesIn([
      heading,
      line('One', '1', '1.00', '1.00'),
      [at(400, 'Subtotal'), end(550, '1.00')],
      line('Two', '2', '1.00', '2.00'),
      [at(400, 'Subtotal'), end(550, '3.00')],
      [at(400, 'VAT 0%'), end(550, '0.00')],
      [at(400, 'Total'), end(550, '3.00')],
      [at(50, 'Paid by card'), end(550, '3.00')],
      [at(50, 'Thank you')],
    ]);
    expect(lines.map(({ description }) => description)).toEqual(['One', 'Two']);
  });

  it('takes a product whose name begins with a word for sums as a line', () => {
    const lines = linesIn([
      heading,
      line('Tax advice', '2', '50.00', '100.00'),
      line('Total station rental', '1', '9.00', '9.00'),
    ]);
    expect(lines.map(({ description }) => description)).toEqual(['Tax advice', 'Total station rental']);
  });

  it('gives a row that stands in the middle of its description all of it', () => {
    const page = pageAt([
      [100, heading],
      [130, [at(50, 'Oak')]],
      [141, line('table,', '1', '10.00', '10.00')],
      [152, [at(50, 'waxed')]],
      [172, [at(50, 'Pine')]],
      [183, line('chair,', '2', '5.00', '10.00')],
      [194, [at(50, 'painted')]],
    ]);
    expect(valuesIn([page]).map(({ description }) => description)).toEqual([
      'Oak\ntable,\nwaxed',
      'Pine\nchair,\npainted',
    ]);
  });

  it('joins headings of two lines', () => {
    const page = pageAt([
      [100, [end(450, 'Unit')]],
      [110, [at(50, 'Item'), end(350, 'Qty'), end(450, 'price'), end(550, 'Price')]],
      [130, line('Pen', '3', '2.00', '6.00')],
    ]);
    expect(valuesIn([page])).toEqual([
      { description: 'Pen', quantity: '3', unitPrice: '2.00', amount: '6.00' },
    ]);
  });

  it('divides a heading and cells that touch', () => {
    const lines = linesIn([
      [at(50, 'Description'), end(350, 'Quantity'), at(400, 'Disc.% Taxes'), end(550, 'Amount')],
      [at(50, '[A-1] Oil'), end(350, '3 L'), at(405, '10.00 15%'), end(550, '$ 2.70')],
    ]);
    expect(lines).toEqual([
      { code: 'A-1', description: 'Oil', quantity: '3', unit: 'L', taxRate: '15', amount: '2.70' },
    ]);
  });

  it('reads article codes of a column of their own', () => {
    const lines = linesIn([
      [at(50, 'SKU'), at(120, 'Product'), end(350, 'Qty'), end(550, 'Total')],
      [at(50, 'AB-12'), at(120, 'Lamp'), end(350, '1'), end(550, '20.00')],
    ]);
    expect(lines).toEqual([{ code: 'AB-12', description: 'Lamp', quantity: '1', amount: '20.00' }]);
  });

  it.each([
    ['English', ['Description', 'Qty', 'Price', 'Amount']],
    ['Dutch', ['Omschrijving', 'Aantal', 'Stukprijs', 'Bedrag']],
    ['French', ['Désignation', 'Quantité', 'P.U. HT', 'Montant HT']],
    ['German', ['Beschreibung', 'Menge', 'Einzelpreis', 'Gesamtpreis']],
  ])('knows %s headings', (_, [what = '', many = '', price = '', amount = '']) => {
    const lines = linesIn([
      [at(50, what), end(300, many), end(400, price), end(550, amount)],
      [at(50, 'X'), end(300, '2'), end(400, '3.00'), end(550, '6.00')],
    ]);
    expect(lines).toEqual([{ description: 'X', quantity: '2', unitPrice: '3.00', amount: '6.00' }]);
  });

  it('takes prose and tables of another kind for no table of lines', () => {
    expect(
      linesIn([
        [at(50, 'The total price and quantity of each item are in the description of the service.')],
        [at(50, 'Tax'), end(300, 'Base'), end(550, 'Amount')],
        [at(50, 'Standard'), end(300, '100.00'), end(550, '21.00')],
      ]),
    ).toEqual([]);
  });
});
