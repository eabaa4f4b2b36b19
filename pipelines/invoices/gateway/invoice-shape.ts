import type { DocumentCharge, Invoice, InvoiceLine, Party, TaxGroup, Totals } from './invoice.ts';
import type { Evidence, Reading } from './reading.ts';

/** What a path of a mapping leads to: a text, a group of fields, or a list (its one entry says of what). */
export type Shape = 'text' | Group | readonly [Shape];
interface Group {
  readonly [field: string]: Shape;
}

const party: Record<keyof Party, Shape> = {
  name: 'text',
  address: ['text'],
  street: 'text',
  addition: 'text',
  further: 'text',
  zone: 'text',
  city: 'text',
  country: 'text',
  vatId: 'text',
  registrationNumber: 'text',
  email: 'text',
  phone: 'text',
  iban: 'text',
  bic: 'text',
};

const totals: Record<keyof Totals, Shape> = {
  net: 'text',
  tax: 'text',
  gross: 'text',
  lineTotal: 'text',
  charges: 'text',
  allowances: 'text',
  payable: 'text',
};

const taxGroup: Record<keyof TaxGroup, Shape> = {
  rate: 'text',
  base: 'text',
  amount: 'text',
  category: 'text',
  reason: 'text',
};

const documentCharge: Record<keyof DocumentCharge, Shape> = {
  isCharge: 'text',
  amount: 'text',
  reason: 'text',
  rate: 'text',
  category: 'text',
};

const line: Record<keyof InvoiceLine, Shape> = {
  code: 'text',
  description: 'text',
  quantity: 'text',
  unit: 'text',
  unitCode: 'text',
  name: 'text',
  note: 'text',
  taxCategory: 'text',
  unitPrice: 'text',
  taxRate: 'text',
  amount: 'text',
};

const evidence = {
  confidence: 'text',
  reason: 'text',
  place: { page: 'text', x: 'text', y: 'text', width: 'text', height: 'text' },
} satisfies Record<keyof Evidence, Shape>;

const reading: Record<keyof Reading, Shape> = {
  leastConfidence: 'text',
  fields: [{ field: 'text', ...evidence }],
  doubtful: [{ field: 'text', candidates: [{ value: 'text', ...evidence }] }],
};

export const invoiceShape: Record<keyof Invoice, Shape> = {
  type: 'text',
  number: 'text',
  date: 'text',
  dueDate: 'text',
  orderNumber: 'text',
  currency: 'text',
  seller: party,
  buyer: party,
  totals,
  taxes: [taxGroup],
  charges: [documentCharge],
  lines: [line],
  reading,
};

/** What `path` leads to from `here`, or `undefined` when it leads nowhere. */
export function shapeAt(path: string, here: Shape): Shape | undefined {
  if (path === '#') return 'text';
  if (path === '.') return here;
  const fromTop = path.startsWith('/');
  let found: Shape | undefined = fromTop ? invoiceShape : here;
  for (const key of (fromTop ? path.slice(1) : path).split('.')) {
    if (found === undefined || !isGroup(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

export const isList = (shape: Shape | undefined): shape is readonly [Shape] => Array.isArray(shape);

const isGroup = (shape: Shape): shape is Group => typeof shape === 'object' && !isList(shape);
