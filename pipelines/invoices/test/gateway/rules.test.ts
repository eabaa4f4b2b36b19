import { beforeAll, describe, expect, test } from 'vitest';
import type { Invoice } from '../../gateway/invoice.ts';
import type { Mapping } from '../../gateway/mapping-schema.ts';
import { loadMappings } from '../../gateway/mappings.ts';
import { completed } from '../../gateway/norm/complete.ts';
import { missingTerms } from '../../gateway/norm/missing-terms.ts';
import { checkRules } from '../../gateway/rules/check-rules.ts';
import { writeXml } from '../../gateway/write-xml.ts';
import { whole } from './whole-invoice.ts';

/** What the page says beside. */
const rows = ['Steuerfrei nach § 4 Nr. 14 UStG', 'Versandkosten  4,50'];

let mappings: ReadonlyMap<string, Mapping>;
beforeAll(async () => {
  mappings = await loadMappings('mappings');
});

function written(invoice: Invoice, name: string): Buffer {
  const mapping = mappings.get(name);
  if (mapping === undefined) throw new Error(`no mapping ${name}`);
  return Buffer.from([...writeXml(completed(invoice, rows), mapping, true)].join(''));
}

describe.each([
  ['en16931', 'UBL', /^.Invoice.InvoiceLine\[2\]$/],
  ['en16931-cii', 'CII', /IncludedSupplyChainTradeLineItem\[2\]/],
])('the XML that %s writes', (name, syntax, line) => {
  test.each<[string, Invoice]>([
    ['an invoice', whole],
    ['a credit note', { ...whole, type: 'credit-note' }],
    [
      'an invoice without tax, for a reason',
      { ...whole, totals: { net: '30.00', tax: '0.00', gross: '30.00' } },
    ],
    ['an invoice with a charge', { ...whole, totals: { net: '34.50', tax: '6.56', gross: '41.06' } }],
    ['an invoice with as little as the norm asks for', leastOf(whole)],
  ])('of %s passes the official rules of EN 16931 when no term is missing', (_, invoice) => {
    expect(missingTerms(completed(invoice, rows))).toEqual([]);
    expect(checkRules(written(invoice, name))).toEqual({
      rules: expect.stringContaining('EN 16931'),
      syntax,
      passed: true,
      findings: [],
      more: 0,
    });
  });

  test('breaks rules that are named with their place when something is false or missing', () => {
    const [first, second] = whole.lines;
    const lines = [first ?? {}, { ...second, quantity: undefined as never, unitPrice: '20.00' }];
    const report = checkRules(
      written({ ...whole, lines, totals: { ...whole.totals, gross: '36.70' } }, name),
    );
    expect(report).toMatchObject({ passed: false });
    expect('findings' in report && report.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rule: 'BR-CO-15', level: 'error', count: 1 }),
        expect.objectContaining({ rule: 'BR-22', place: expect.stringMatching(line) }),
      ]),
    );
  });
});

test('what is in neither syntax, or may be a trap, is not checked', () => {
  expect(checkRules(written(whole, 'invoice'))).toMatchObject({ notOurs: true });
  const trap = `<!DOCTYPE x [<!ENTITY a "b">]><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>`;
  expect(checkRules(Buffer.from(trap))).toEqual({ notChecked: expect.stringContaining('type declaration') });
});

function leastOf({ seller, buyer, ...rest }: Invoice): Invoice {
  const { orderNumber: _, dueDate: _due, ...least } = rest;
  return {
    ...least,
    seller: { name: 'Acme GmbH', country: 'DE', vatId: seller?.vatId ?? '' },
    buyer: { name: buyer?.name ?? '', country: 'FR' },
  };
}
