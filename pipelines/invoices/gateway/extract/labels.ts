import { tokenKeys } from './phrases.ts';
import { merged } from './words/index.ts';
import type { Words } from './words/words.ts';

/** The words of all languages, by what they label. In every list the stronger label comes first. */

const isWhole = (label: string, { numberWords }: Words): boolean => {
  const keys = tokenKeys(label);
  const words = numberWords.flatMap(tokenKeys);
  return keys.some((key) => words.includes(key) || /.(?:nummer|numer|nr|no)$/.test(key));
};

/** A label that holds a word for "number" as it is; a document's name with such a word after it or before it. */
const numberLabel = (kind: keyof Words['number']): string[] =>
  merged((words) =>
    words.number[kind].flatMap((label) => {
      if (isWhole(label, words)) return [label];
      const after = words.numberWords.map((number) => `${label} ${number}`);
      const before = words.numberWords.map((number) => `${number} ${label}`);
      return label.startsWith('*') ? after : [...after, ...before];
    }),
  );

export const numberLabels = {
  credit: numberLabel('credit'),
  invoice: numberLabel('invoice'),
  document: numberLabel('document'),
  mark: ['#'],
  bare: merged(({ numberWords }) => numberWords.filter((word) => !/^(?:id|ref|reference|#)$/.test(word))),
  title: merged(({ credit, correction, invoice, selfBilling }) => [
    ...credit,
    ...correction,
    ...invoice,
    ...selfBilling,
  ]),
  booking: numberLabel('booking'),
  /** Numbers of something else, so that a label inside theirs does not take them. */
  order: merged((words) => orderLabel(words)),
} as const;

function orderLabel(words: Words): string[] {
  return words.order.flatMap((label) =>
    isWhole(label, words) ? [label] : [...words.numberWords.map((number) => `${label} ${number}`), label],
  );
}

export const orderLabels = { order: merged(orderLabel) } as const;

export const dateLabels = {
  invoice: merged(({ date }) => date.invoice),
  plain: merged(({ date }) => date.plain),
  due: merged(({ date }) => date.due),
  /** Dates of something else, so that the plain labels do not take them. */
  other: merged(({ date }) => date.other),
} as const;

export const totalLabels = {
  gross: merged(({ total }) => total.gross),
  net: merged(({ total }) => total.net),
  subtotal: merged(({ total }) => total.subtotal),
  tax: merged(({ total }) => total.tax),
  payable: merged(({ total }) => total.payable),
  /** Sums that are none of these: discounts, charges, payments, what is carried from page to page. */
  other: merged(({ total }) => total.other),
} as const;

export const columnLabels = {
  position: merged(({ column }) => column.position),
  code: merged(({ column }) => column.code),
  description: merged(({ column }) => column.description),
  quantity: merged(({ column }) => column.quantity),
  unit: merged(({ column }) => column.unit),
  unitPrice: merged(({ column }) => column.unitPrice),
  discount: merged(({ column }) => column.discount),
  taxRate: merged(({ column }) => column.taxRate),
  taxAmount: merged(({ column }) => column.taxAmount),
  amount: merged(({ column }) => column.amount),
  other: merged(({ column }) => column.other),
} as const;

export const sectionLabels = { section: merged(({ sections }) => sections) } as const;

export const partyLabels = {
  seller: merged(({ party }) => party.seller),
  buyer: merged(({ party }) => party.buyer),
  other: merged(({ party }) => party.other),
  office: merged(({ party }) => party.office),
} as const;

export const partyRowLabels = {
  name: merged(({ partyRow }) => partyRow.name),
  address: merged(({ partyRow }) => partyRow.address),
  ignored: merged(({ partyRow }) => partyRow.ignored),
} as const;

export const salutations: ReadonlySet<string> = new Set(
  merged(({ salutation }) => salutation).map((words) => tokenKeys(words).join(' ')),
);

export const identifierLabels = {
  vatId: merged(({ identifier }) => identifier.vatId),
  registrationNumber: merged(({ identifier }) => identifier.registrationNumber),
  bic: merged(({ identifier }) => identifier.bic),
  phone: merged(({ identifier }) => identifier.phone),
} as const;

export const currencyLabels = { currency: merged(({ currency }) => currency) } as const;

/** What the document calls itself. */
export const titleLabels = {
  selfBilling: merged(({ selfBilling }) => selfBilling),
  correction: merged(({ correction }) => correction),
  credit: merged(({ credit }) => credit),
  invoice: merged(({ invoice }) => invoice),
  other: merged(({ otherDocuments }) => otherDocuments),
} as const;

/** By month, January first. */
export const monthNames: readonly (readonly string[])[] = Array.from({ length: 12 }, (_, month) =>
  merged(({ months }) => months[month] ?? []),
);
