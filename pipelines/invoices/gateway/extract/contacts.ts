import type { Party } from '../invoice.ts';
import {
  bicAtStart,
  emailIn,
  germanRegistrationIn,
  ibanIn,
  phoneIn,
  registrationAtStart,
  vatIdAtStart,
  vatIdIn,
} from './identifiers.ts';
import { identifierLabels } from './labels.ts';
import { type Row, rowText, type Segment } from './layout.ts';
import { locate } from './locate.ts';
import { phrases } from './phrases.ts';

/** Whose a piece of text is; `office` is the seller's other places. */
export type Role = 'seller' | 'buyer' | 'other' | 'office';
export type Contacts = Pick<Party, 'vatId' | 'registrationNumber' | 'email' | 'phone' | 'iban' | 'bic'>;

const known = phrases(identifierLabels);
const readers = {
  vatId: vatIdAtStart,
  registrationNumber: registrationAtStart,
  bic: bicAtStart,
  phone: (text: string) => phoneIn(text, true),
} as const;

const saysBuyer = /(?<!\p{L})(?:customer|client|klant|kunden?|buyer|acheteur|your|ihre|uw|votre)(?!\p{L})/iu;

/**
 * Numbers and addresses of the parties. What stands in the buyer's block, or is called the customer's, is the buyer's;
 * what stands in a delivery address is nobody's; all else is the seller's, who printed the document. The first of each
 * kind counts, a labelled one before one known by its shape.
 */
export function contactsOf(
  rows: readonly Row[],
  roleOf: (segment: Segment) => Role | undefined,
): { seller: Contacts; buyer: Contacts } {
  const found = { seller: {} as Contacts, buyer: {} as Contacts };
  const keep = (segment: Segment, field: keyof Contacts, value: string | undefined): void => {
    const role = roleOf(segment) ?? (saysBuyer.test(segment.text) && field === 'vatId' ? 'buyer' : 'seller');
    if (value !== undefined && role !== 'other')
      found[role === 'buyer' ? 'buyer' : 'seller'][field] ??= value;
  };
  for (const { row, label, kind, text } of locate(rows, known)) {
    const segment = row.segments.find(({ x0, x1 }) => x0 <= label.x0 && label.x0 <= x1);
    if (segment !== undefined) keep(segment, kind, readers[kind](text));
  }
  for (const row of rows) {
    for (const segment of row.segments) {
      keep(segment, 'email', emailIn(segment.text));
      keep(segment, 'iban', ibanIn(rowText(row)));
      keep(segment, 'vatId', vatIdIn(segment.text));
      keep(segment, 'phone', phoneIn(segment.text, false));
      keep(segment, 'registrationNumber', germanRegistrationIn(segment.text));
    }
  }
  if (found.seller.email === found.buyer.email) delete found.seller.email;
  return found;
}
