import type { InvoiceLine } from '../invoice.ts';
import type { FoundLine } from './assemble.ts';
import { fromUnits, toUnits } from './numbers.ts';

/** What the amounts of the lines come to, when each has one. */
export function sumOfLines(lines: readonly Pick<InvoiceLine, 'amount'>[]): string | undefined {
  const amounts = lines.flatMap(({ amount }) => amount ?? []);
  if (amounts.length === 0 || amounts.length < lines.length) return undefined;
  return fromUnits(amounts.reduce((sum, amount) => sum + toUnits(amount), 0n));
}

export const sumOfFound = (lines: readonly FoundLine[]): string | undefined =>
  sumOfLines(lines.map(({ amount }) => (amount === undefined ? {} : { amount: amount.value })));

/**
 * The lines that are some: where all of them come to none of the document's sums, but the first of them or those with a quantity or a
 * price do, the rest are taxes, charges or sums that look like lines. Where none do, lines without quantity and price are left out, if others
 * are whole.
 */
export function trueLines(lines: readonly FoundLine[], sums: readonly string[]): readonly FoundLine[] {
  const known = new Set(sums.map((sum) => toUnits(sum)));
  const comesTo = (some: readonly FoundLine[]): boolean => {
    const sum = sumOfFound(some);
    return sum !== undefined && some.length > 0 && known.has(toUnits(sum));
  };
  if (comesTo(lines)) return lines;
  const whole = lines.filter(({ quantity, unitPrice }) => (quantity ?? unitPrice) !== undefined);
  const named = lines.filter(isTold);
  const fitting = [whole, named, ...prefixes(lines)].find(comesTo);
  if (fitting !== undefined) return fitting;
  return lines.some(isCounted) ? whole.filter((line) => isTold(line) || productOf(line) !== 'wrong') : lines;
}

const isTold = ({ description, code }: FoundLine): boolean => (description ?? code) !== undefined;

/** Longest first; enough of them that a few rows too many are found. */
const prefixes = (lines: readonly FoundLine[]): (readonly FoundLine[])[] =>
  Array.from({ length: Math.min(lines.length - 1, 12) }, (_, cut) => lines.slice(0, lines.length - 1 - cut));

const isCounted = (line: FoundLine): boolean => productOf(line) === 'right';

/** What quantity times price is to the amount. */
export type Product = 'right' | 'explained' | 'wrong' | 'unknown';

/**
 * Whether quantity times price comes to the amount, within what rounding the price explains; `explained`: a discount, tax, or a price for
 * ten, a hundred or a thousand would explain the difference.
 */
export function productOf({ quantity, unitPrice, amount, taxRate }: FoundLine): Product {
  if (quantity === undefined || unitPrice === undefined || amount === undefined) return 'unknown';
  const [q, p, a] = [Number(quantity.value), Number(unitPrice.value), Number(amount.value)];
  if (Math.abs(q * p - a) <= 0.011 + Math.abs(q) * 0.005) return 'right';
  const ratio = Math.abs(a / (q * p));
  const tax = 1 + Number(taxRate?.value ?? 0) / 100;
  const isDiscounted = ratio >= 0.3 && ratio <= 1.001;
  const isExplained = [1, 10, 100, 1000].some((base) => isNear(ratio * base, tax) || isNear(ratio * base, 1));
  return isDiscounted || isExplained ? 'explained' : 'wrong';
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.01;
