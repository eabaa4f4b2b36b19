import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Invoice } from '../../gateway/invoice.ts';
import type { Mapping } from '../../gateway/mapping-schema.ts';
import { loadMappings } from '../../gateway/mappings.ts';
import { completed } from '../../gateway/norm/complete.ts';
import { escapeAttribute, escapeXml, writeXml } from '../../gateway/write-xml.ts';
import { parse } from './support.ts';

let mappings: Map<string, Mapping>;
beforeAll(async () => {
  mappings = await loadMappings('mappings');
});

const emptyInvoice: Invoice = { type: 'invoice', totals: {}, lines: [] };

function asItIs(invoice: Partial<Invoice>, mapping: string, pretty: boolean): string {
  const known = mappings.get(mapping);
  if (known === undefined) throw new Error(`no mapping ${mapping}`);
  return [...writeXml({ ...emptyInvoice, ...invoice }, known, pretty)].join('');
}

/** With the terms of the mapping's norm, as the gateway writes it. */
function write(invoice: Partial<Invoice>, mapping: string, pretty = false): string {
  const whole = { ...emptyInvoice, ...invoice };
  const isOfNorm = mappings.get(mapping)?.norm !== undefined;
  return asItIs(isOfNorm ? completed(whole) : whole, mapping, pretty);
}

/** Any code units, lone surrogates and control characters among them, and often what XML treats specially. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('<', '&', ']]>', '"', "'", '\r', '\n', '\t', '\0', '\ufffe', '\ud800'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((pieces) => pieces.join(''));

/** By the numbers of https://www.w3.org/TR/xml/#charsets, one character after the other. */
function withoutForbidden(text: string): string {
  const isAllowed = (code: number) =>
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    code >= 0x10000;
  return [...text].filter((character) => isAllowed(character.codePointAt(0) ?? 0)).join('');
}

describe('any text', () => {
  test('comes back from an element, but for what XML forbids', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parse(`<a>${escapeXml(text)}</a>`).text).toBe(withoutForbidden(text));
      }),
    );
  });

  test('comes back from an attribute, but for what XML forbids', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parse(`<a b="${escapeAttribute(text)}"/>`).attributes['b']).toBe(withoutForbidden(text));
      }),
    );
  });

  test('in every field makes well-formed XML under each mapping', () => {
    const party = fc.record({ name: anyText, address: fc.array(anyText), email: anyText, vatId: anyText });
    const line = fc.record({ description: anyText, unit: anyText, quantity: anyText, amount: anyText });
    const invoices = fc.record({
      type: fc.constantFrom('invoice' as const, 'credit-note' as const),
      number: anyText,
      currency: anyText,
      seller: party,
      buyer: party,
      totals: fc.record({ gross: anyText }),
      lines: fc.array(line, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        invoices,
        fc.constantFrom('invoice', 'en16931'),
        fc.boolean(),
        (invoice, mapping, pretty) => {
          parse(asItIs(invoice, mapping, pretty));
        },
      ),
    );
  });
});

describe('an invoice', () => {
  test('has no element for what it lacks', () => {
    expect(write({}, 'invoice')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<invoice xmlns="urn:switchyard:invoice:1"><type>invoice</type></invoice>\n',
    );
  });

  test('has each element on a line of its own when it is pretty', () => {
    const xml = write({ lines: [{ amount: '1.00' }], totals: { gross: '1.00' } }, 'invoice', true);
    expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<invoice xmlns="urn:switchyard:invoice:1">
  <type>invoice</type>
  <totals>
    <gross>1.00</gross>
  </totals>
  <lines>
    <line>
      <amount>1.00</amount>
    </line>
  </lines>
</invoice>
`);
  });

  test('is written piece by piece', () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => ({ description: `line ${i}` }));
    const mapping = mappings.get('invoice') as Mapping;
    const pieces = writeXml({ ...emptyInvoice, lines }, mapping, false);
    const longest = pieces.reduce((most, { length }) => Math.max(most, length), 0);
    expect(longest).toBeLessThan(200);
  });
});

const full: Invoice = {
  type: 'invoice',
  number: 'N-1',
  date: '2026-01-15',
  dueDate: '2026-02-14',
  orderNumber: 'PO-7',
  currency: 'EUR',
  seller: {
    name: 'Harbour Lamps Ltd',
    address: ['14 Quayside Road', 'Bristol'],
    country: 'GB',
    vatId: 'GB123456789',
    registrationNumber: '0123',
    email: 'sales@example.com',
    phone: '+44 1',
    iban: 'GB33BUKB20201555555555',
    bic: 'BUKBGB22',
  },
  buyer: { name: 'Orchard Books GmbH' },
  totals: { net: '10.00', tax: '2.00', gross: '12.00' },
  lines: [
    {
      code: 'L1',
      description: 'Lamp',
      quantity: '2',
      unit: 'C62',
      unitPrice: '5.00',
      taxRate: '20',
      amount: '10.00',
    },
  ],
};

describe('UBL', () => {
  // The order of https://docs.oasis-open.org/ubl/os-UBL-2.1/xsd/maindoc/, of what the mapping writes.
  test('has the elements of an invoice in the order of its schema', () => {
    const root = parse(write(full, 'en16931'));
    expect(root.name).toBe('ubl:Invoice');
    expect(root.children.map(({ name }) => name)).toEqual([
      'cbc:CustomizationID',
      'cbc:ID',
      'cbc:IssueDate',
      'cbc:DueDate',
      'cbc:InvoiceTypeCode',
      'cbc:DocumentCurrencyCode',
      'cac:OrderReference',
      'cac:AccountingSupplierParty',
      'cac:AccountingCustomerParty',
      'cac:PaymentMeans',
      'cac:TaxTotal',
      'cac:LegalMonetaryTotal',
      'cac:InvoiceLine',
    ]);
    expect(root.attributes['xmlns:ubl']).toBe('urn:oasis:names:specification:ubl:schema:xsd:Invoice-2');
  });

  test('has a credit note under its own root, names and namespace', () => {
    const root = parse(write({ ...full, type: 'credit-note' }, 'en16931'));
    expect(root.name).toBe('cn:CreditNote');
    expect(root.attributes['xmlns:cn']).toBe('urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2');
    const names = root.children.map(({ name }) => name);
    expect(names).toContain('cbc:CreditNoteTypeCode');
    expect(names).toContain('cac:CreditNoteLine');
    expect(names).not.toContain('cbc:DueDate');
  });

  test('has a line with its unit, amounts with their currency, and the rate of its tax', () => {
    const xml = write(full, 'en16931');
    expect(xml).toContain(
      '<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">2</cbc:InvoicedQuantity>' +
        '<cbc:LineExtensionAmount currencyID="EUR">10.00</cbc:LineExtensionAmount>' +
        '<cac:Item><cbc:Name>Lamp</cbc:Name><cac:SellersItemIdentification><cbc:ID>L1</cbc:ID></cac:SellersItemIdentification>' +
        '<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>' +
        '</cac:Item><cac:Price><cbc:PriceAmount currencyID="EUR">5.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>',
    );
  });

  test('says nothing of a bank account, a tax number or a tax rate that is not there', () => {
    const xml = write(
      { ...full, totals: {}, seller: { name: 'S' }, lines: [{ description: 'Lamp' }] },
      'en16931',
    );
    expect(xml).not.toMatch(/PaymentMeans|TaxScheme/);
  });
});
