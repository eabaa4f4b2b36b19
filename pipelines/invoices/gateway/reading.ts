/** Where a value stands on its page: points of 1/72 inch from the top left corner of the page as it is shown. */
export interface Place {
  /** From 1. */
  page: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What speaks for a value. */
export interface Evidence {
  /** 0 to 1. */
  confidence: number;
  /** In words. */
  reason: string;
  /** Absent where the value comes from embedded XML, or stands for something that is printed nowhere. */
  place?: Place;
}

export interface FieldEvidence extends Evidence {
  /** The path of the field in the invoice, such as `seller.name` or `lines[0].amount`. */
  field: string;
}

/** A field that is left out because nothing speaks for one value clearly enough. */
interface DoubtfulField {
  field: string;
  /** Best first. */
  candidates: (Evidence & { value: string })[];
}

/** How an invoice was read: what speaks for each of its fields, and what was left out. */
export interface Reading {
  /** Values of less confidence are left out of the invoice. */
  leastConfidence: number;
  fields: FieldEvidence[];
  doubtful: DoubtfulField[];
}

export const leastConfidence = 0.5;

const embedded = { confidence: 1, reason: 'the XML inside the PDF' } as const;

/** The evidence of fields that embedded XML names: each text of `value` with its path. */
export function embeddedFields(value: unknown, path = ''): FieldEvidence[] {
  if (typeof value === 'string') return [{ field: path, ...embedded }];
  if (Array.isArray(value))
    return value.flatMap((member, index) => embeddedFields(member, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, member]) =>
    embeddedFields(member, path === '' ? field : `${path}.${field}`),
  );
}

/** The doubtful fields, but for the lines of addresses, in words for a person, or `undefined` when there are none. */
export function doubtsOf(reading: Reading): string | undefined {
  const doubtful = reading.doubtful.filter(({ field }) => !field.includes('.address['));
  if (doubtful.length === 0) return undefined;
  const told = doubtful.slice(0, mostTold).map(({ field, candidates }) => {
    const values = candidates.map(({ value }) => (value.length > 40 ? `${value.slice(0, 40)}…` : value));
    return `${field} (${values.join(' or ')})`;
  });
  const more = doubtful.length - told.length;
  return `Doubtful and left out: ${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const mostTold = 8;
