import { describe, expect, it } from 'vitest';
import type { Invoice } from '../../gateway/invoice.ts';
import { completed } from '../../gateway/norm/complete.ts';
import { missingTerms } from '../../gateway/norm/missing-terms.ts';
import { taxBreakdown } from '../../gateway/norm/tax-breakdown.ts';
import { whole } from './whole-invoice.ts';

describe('an invoice for EN 16931', () => {
  it('is completed by what its page tells', () => {
    const { seller, buyer, totals, taxes, lines } = completed(whole);
    expect(seller).toMatchObject({
      street: 'Hauptstraße 1',
      addition: '2. Hof',
      zone: '80333',
      city: 'München',
    });
    expect(buyer).toMatchObject({ street: 'Nebenweg 2', zone: '10115', city: 'Berlin', country: 'DE' });
    expect(totals).toEqual({
      net: '30.00',
      tax: '5.70',
      gross: '35.70',
      payable: '35.70',
      lineTotal: '30.00',
    });
    expect(taxes).toEqual([{ rate: '19', base: '30.00', amount: '5.70', category: 'S' }]);
    expect(lines).toMatchObject([
      { name: 'Lamp', note: 'black', unitCode: 'C62', taxRate: '19', taxCategory: 'S' },
      { name: 'Work', unitCode: 'HUR', unitPrice: '8.00', amount: '20.00' },
    ]);
    expect(missingTerms(completed(whole))).toEqual([]);
  });

  const twoRates: Invoice = {
    ...whole,
    totals: { net: '30.00', tax: '3.30', gross: '33.30' },
    lines: [
      { description: 'Lamp', quantity: '1', unitPrice: '10.00', amount: '10.00' },
      { description: 'Book', quantity: '1', unitPrice: '12.00', amount: '12.00' },
      { description: 'Cord', quantity: '1', unitPrice: '8.00', amount: '8.00' },
    ],
  };
  const table = ['Invoice A-1 of 5', 'VAT 21 %  10.00  2.10', 'VAT 6 %  20.00  1.20', 'Total  33.30'];

  it('takes the rates that only a table of the page shows, each line to the one that it fits', () => {
    const { taxes, lines } = completed(twoRates, table);
    expect(taxes).toEqual([
      { rate: '21', base: '10.00', amount: '2.10', category: 'S' },
      { rate: '6', base: '20.00', amount: '1.20', category: 'S' },
    ]);
    expect(lines.map(({ taxRate }) => taxRate)).toEqual(['21', '6', '6']);
    expect(missingTerms(completed(twoRates, table))).toEqual([]);
  });

  it('gives no line a rate where there are two ways to share them out', () => {
    const lines = twoRates.lines.map((line) => ({ ...line, amount: '10.00', unitPrice: '10.00' }));
    expect(completed({ ...twoRates, lines }, table).lines.map(({ taxRate }) => taxRate)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes no table that does not come to the sums', () => {
    expect(completed(twoRates, ['VAT 21 %  10.00  2.10', 'VAT 6 %  10.00  0.60']).taxes).toBeUndefined();
    expect(completed(twoRates, ['1 2 3', '10.00  21 %  2.10']).taxes).toBeUndefined();
  });

  it('finds the charges and allowances that lead from the lines to the net sum', () => {
    const charged: Invoice = { ...whole, totals: { net: '32.50', tax: '6.18', gross: '38.68' } };
    const rows = [
      'Shipping and packing  4.50',
      'Discount 5 %  2.00',
      'Total charges  4.50',
      'Freight of old  7.00',
    ];
    const { charges, totals } = completed(charged, rows);
    expect(charges).toEqual([
      { isCharge: 'true', amount: '4.50', reason: 'Shipping and packing', rate: '19', category: 'S' },
      { isCharge: 'false', amount: '2.00', reason: 'Discount 5 %', rate: '19', category: 'S' },
    ]);
    expect(totals).toMatchObject({ lineTotal: '30.00', charges: '4.50', allowances: '2.00' });
    expect(missingTerms(completed(charged, rows))).toEqual([]);
    expect(completed(charged, [...rows, 'Postage  2.50']).charges).toBeUndefined();
  });

  it('finds them in a document whose sums are negative', () => {
    const [line] = whole.lines;
    const refund: Invoice = {
      ...whole,
      totals: { net: '-9.00', tax: '-1.71', gross: '-10.71' },
      lines: [{ ...line, quantity: '-2', amount: '-10.00' }],
    };
    const { charges, totals } = completed(refund, ['Discount  1.00']);
    expect(charges).toMatchObject([{ isCharge: 'false', amount: '-1.00' }]);
    expect(totals).toMatchObject({ lineTotal: '-10.00', allowances: '-1.00' });
  });

  const untaxed: Invoice = { ...whole, totals: { net: '30.00', tax: '0.00', gross: '30.00' } };

  it.each<[string, string, string[]]>([
    ['Kein Ausweis, steuerfrei nach § 4 Nr. 14 UStG', 'E', []],
    ['TVA non applicable, art. 293 B du CGI', 'E', []],
    ['Reverse charge: VAT to be paid by the customer', 'AE', ['buyer VAT identifier (BT-48)']],
    [
      'Steuerfreie innergemeinschaftliche Lieferung',
      'K',
      [
        'buyer VAT identifier (BT-48)',
        'delivery date (BT-72) and country (BT-80) of an intra-community supply',
      ],
    ],
  ])('takes the reason for no tax from the page: %s', (row, category, missing) => {
    const { taxes, lines } = completed(untaxed, ['Total  30.00', `${row}  0,00`]);
    expect(taxes).toEqual([{ rate: '0', base: '30.00', amount: '0.00', category, reason: row }]);
    expect(lines).toMatchObject([{ taxCategory: category, taxRate: '0' }, { taxCategory: category }]);
    expect(missingTerms(completed(untaxed, [row]))).toEqual(missing);
  });

  it.each<[string, Partial<Invoice>, RegExp]>([
    ['a number', { number: undefined as never }, /BT-1\)/],
    ['a buyer', { buyer: { name: 'Orchard AG' } }, /buyer country \(BT-55\)/],
    ['a tax number of the seller', { seller: { name: 'Acme', country: 'DE' } }, /BT-31/],
    ['lines that come to the net sum', { totals: { net: '31.00', tax: '5.89', gross: '36.89' } }, /BG-20/],
    ['a rate that the tax fits', { totals: { net: '30.00', tax: '5.00', gross: '35.00' } }, /BG-23/],
    ['the reason for no tax', { totals: { net: '30.00', tax: '0.00', gross: '30.00' } }, /BG-23/],
  ])('says what lacks without %s', (_, change, term) => {
    expect(missingTerms(completed({ ...whole, ...change })).join()).toMatch(term);
  });
});

describe('the breakdown of the tax', () => {
  it('groups lines by their rates, each rounded for itself', () => {
    const lines = [
      { taxRate: '19.00', amount: '10.01' },
      { taxRate: '7', amount: '5.00' },
      { taxRate: '19', amount: '0.02' },
    ];
    expect(taxBreakdown(lines, { net: '15.03', tax: '2.26' })).toEqual([
      { rate: '19', base: '10.03', amount: '1.91', category: 'S' },
      { rate: '7', base: '5.00', amount: '0.35', category: 'S' },
    ]);
  });

  it('is none where the rates do not come to the tax that is printed', () => {
    expect(taxBreakdown([{ taxRate: '19', amount: '10.00' }], { net: '10.00', tax: '1.00' })).toBeUndefined();
  });
});
