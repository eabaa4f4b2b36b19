import type { Party } from '../invoice.ts';
import type { Found, FoundIn } from './evidence.ts';
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
import { type Candidate, locate, spanOf } from './locate.ts';
import { phrases } from './phrases.ts';

/** Whose a piece of text is; `office` is the seller's other places. */
export type Role = 'seller' | 'buyer' | 'other' | 'office';
type ContactField = 'vatId' | 'registrationNumber' | 'email' | 'phone' | 'iban' | 'bic';
export type Contacts = FoundIn<Pick<Party, ContactField>>;

const worth = { labelled: 0.9, shape: 0.8 } as const;

const known = phrases(identifierLabels);
const readers = {
  vatId: vatIdAtStart,
  registrationNumber: registrationAtStart,
  bic: bicAtStart,
  phone: (text: string) => phoneIn(text, true),
} as const;

const saysBuyer =
  /(?<!\p{L})(?:customer|client|klant|kunden?s?|buyer|acheteur|your|ihre|uw|votre|cliente|adquirente|vosso|v\/|acquirente|vostra|nabywcy|köparens|deres)(?!\p{L})/iu;

/**
 * Numbers and addresses of the parties. What stands in the buyer's block, or is called the customer's, is the buyer's;
 * what stands in a delivery address belongs to neither party; all else is the seller's, who printed the document. The first of each
 * kind counts, a labelled one before one known by its shape.
 */
export function contactsOf(
  rows: readonly Row[],
  roleOf: (segment: Segment) => Role | undefined,
): { seller: Contacts; buyer: Contacts } {
  const found = { seller: {} as Contacts, buyer: {} as Contacts };
  const keep = (segment: Segment, field: ContactField, one: Found | undefined): void => {
    const role = roleOf(segment) ?? (saysBuyer.test(segment.text) && field === 'vatId' ? 'buyer' : 'seller');
    if (one !== undefined && role !== 'other') found[role === 'buyer' ? 'buyer' : 'seller'][field] ??= one;
  };
  for (const candidate of locate(rows, known)) {
    const { row, label, kind } = candidate;
    const segment = row.segments.find(({ x0, x1 }) => x0 <= label.x0 && label.x0 <= x1);
    if (segment !== undefined) keep(segment, kind, labelled(candidate));
  }
  for (const row of rows) {
    for (const segment of row.segments) {
      const shaped = (value: string | undefined): Found | undefined => byShape(value, row, segment);
      keep(segment, 'email', shaped(emailIn(segment.text)));
      keep(segment, 'iban', shaped(ibanIn(rowText(row))));
      keep(segment, 'vatId', shaped(vatIdIn(segment.text)));
      keep(segment, 'phone', shaped(phoneIn(segment.text, false)));
      keep(segment, 'registrationNumber', shaped(germanRegistrationIn(segment.text)));
    }
  }
  if (found.seller.email?.value === found.buyer.email?.value) delete found.seller.email;
  return found;
}

function labelled(candidate: Candidate<keyof typeof readers>): Found | undefined {
  const value = readers[candidate.kind](candidate.text);
  if (value === undefined) return undefined;
  const reason = `label "${candidate.label.text}"`;
  const { row } = candidate.from;
  return {
    value,
    confidence: worth.labelled,
    row,
    at: spanOf(candidate, value),
    labelRow: candidate.row,
    reason,
  };
}

const byShape = (value: string | undefined, row: Row, segment: Segment): Found | undefined =>
  value === undefined
    ? undefined
    : {
        value,
        confidence: worth.shape,
        row,
        at: spanOf({ from: { row, words: segment.words } }, value),
        reason: 'its shape',
      };
