import type { Invoice } from '../invoice.ts';
import type { Row } from './layout.ts';

/** A value with what speaks for it. */
export interface Found {
  value: string;
  /** 0 to 1: how sure we are. Below `leastConfidence` the value is told as doubtful and left out of the invoice. */
  confidence: number;
  /** The row that it was read from. */
  row: Row;
  /** From where to where in that row, in points from the left; the whole row when left out. */
  at?: Span;
  /** The row of its label, where that is another. */
  labelRow?: Row;
  /** Why it was taken, in words. */
  reason: string;
  /** What else it may be, best first. */
  others?: readonly Found[];
}

export interface Span {
  x0: number;
  x1: number;
}

/** The shape of `T` with what was found for each of its texts. */
export type FoundIn<T> = T extends string
  ? Found
  : T extends readonly (infer Member)[]
    ? FoundIn<Member>[]
    : { [Field in keyof T]: FoundIn<T[Field]> };

/** What was found of an invoice. A document without any text says nothing of its type. */
export type FoundInvoice = FoundIn<Omit<Invoice, 'type' | 'reading'>> & { type?: Found };

/** The same with another confidence, and why. */
export const weighed = (found: Found, confidence: number, reason: string): Found => ({
  ...found,
  confidence,
  reason: `${found.reason}; ${reason}`,
});

/** What of `found` is there. */
export function present<Field extends string>(
  found: { [F in Field]?: Found | undefined },
): { [F in Field]?: Found } {
  const entries = Object.entries<Found | undefined>(found).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [F in Field]?: Found };
}
