import { describe, expect, it } from 'vitest';
import { readPages } from '../../../gateway/extract/index.ts';
import { doubtsOf } from '../../../gateway/reading.ts';
import { at, end, type Piece, pageOf } from './page.ts';

const read = (...rows: (readonly Piece[] | null)[]) => readPages([pageOf(rows)]);
const line = (...[what, many, price, amount]: [string, string, string, string]): Piece[] => [
  at(50, what),
  end(300, many),
  end(400, price),
  end(550, amount),
];
const heading = line('Description', 'Quantity', 'Unit price', 'Amount');

describe('the reading of a page', () => {
  it('tells how sure each field is, why, and where its value stands', () => {
    const { reading } = read([at(50, 'INVOICE')], [at(50, 'Invoice number'), at(200, 'A-17')]);
    const number = reading.fields.find(({ field }) => field === 'number');
    expect(number).toEqual({
      field: 'number',
      confidence: 0.95,
      reason: 'label "Invoice number"',
      place: { page: 1, x: 200, y: 56, width: 20, height: 10 },
    });
  });

  it('tells the place of each number of a line', () => {
    const { invoice, reading } = read(
      heading,
      line('Oak', '2', '3.00', '6.00'),
      line('Wax', '1', '4.00', '4.00'),
    );
    expect(invoice.lines).toHaveLength(2);
    const amount = reading.fields.find(({ field }) => field === 'lines[1].amount');
    expect(amount).toMatchObject({ confidence: 0.95, place: { page: 1, x: 530, width: 20 } });
  });

  it('leaves out sums that do not add up, and tells what they may be', () => {
    const { invoice, reading } = read(
      [at(50, 'INVOICE')],
      [at(50, 'Net total'), end(550, '100.00')],
      [at(50, 'VAT'), end(550, '20.00')],
      [at(50, 'Grand total'), end(550, '130.00')],
    );
    expect(invoice.totals).toEqual({});
    expect(reading.doubtful.map(({ field, candidates }) => [field, candidates[0]?.value])).toEqual([
      ['totals.net', '100.00'],
      ['totals.tax', '20.00'],
      ['totals.gross', '130.00'],
    ]);
    expect(doubtsOf(reading)).toBe(
      'Doubtful and left out: totals.net (100.00), totals.tax (20.00), totals.gross (130.00)',
    );
  });

  it('leaves out the numbers of a line whose product is not its amount, but for an amount that the sums confirm', () => {
    const { invoice } = read(
      heading,
      line('Oak', '2', '3.00', '6.00'),
      line('Wax', '7', '1.00', '40.00'),
      [at(50, 'Net total'), end(550, '46.00')],
      [at(50, 'VAT'), end(550, '9.20')],
      [at(50, 'Grand total'), end(550, '55.20')],
    );
    expect(invoice.lines).toEqual([
      { description: 'Oak', quantity: '2', unitPrice: '3.00', amount: '6.00' },
      { description: 'Wax', amount: '40.00' },
    ]);
  });
});
