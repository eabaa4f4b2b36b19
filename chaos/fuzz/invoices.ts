import fc from 'fast-check';
import type { Invoice } from '../../pipelines/invoices/gateway/invoice.ts';

/** A field of an invoice as a hostile PDF may fill it: also with what XML cannot hold. */
const field = fc.oneof(
  fc.constantFrom('', ' ', '<&>"\'', '\u0000\u0001\ufffe', '\ud800', ']]>', '😀', '\r\n\t', 'x'.repeat(500)),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const optional = { requiredKeys: [] };
const party = fc.record(
  { name: field, address: fc.array(field, { maxLength: 3 }), country: field, iban: field },
  optional,
);
const line = fc.record({ code: field, description: field, quantity: field, amount: field }, optional);

export const invoice: fc.Arbitrary<Invoice> = fc.record(
  {
    type: fc.constantFrom('invoice', 'credit-note'),
    number: field,
    date: field,
    currency: field,
    seller: party,
    buyer: party,
    totals: fc.record({ net: field, gross: field }, optional),
    lines: fc.array(line, { maxLength: 3 }),
  },
  { requiredKeys: ['type', 'totals', 'lines'] },
);
