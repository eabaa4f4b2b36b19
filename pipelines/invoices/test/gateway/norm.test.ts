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
