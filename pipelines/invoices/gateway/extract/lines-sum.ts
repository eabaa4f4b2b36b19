import type { InvoiceLine } from '../invoice.ts';
import { fromUnits, toUnits } from './numbers.ts';

/** What the amounts of the lines come to, when each has one. */
export function sumOfLines(lines: readonly InvoiceLine[]): string | undefined {
  const amounts = lines.flatMap(({ amount }) => amount ?? []);
  if (amounts.length === 0 || amounts.length < lines.length) return undefined;
  return fromUnits(amounts.reduce((sum, amount) => sum + toUnits(amount), 0n));
}

/**
 * The lines that are some: where all of them come to none of the document's sums, but the first of them or those with a quantity or a
 * price do, the rest are taxes, charges or sums that look like lines. Where none do, lines without quantity and price are left out, if others
 * are whole.
 */
export function trueLines(lines: readonly InvoiceLine[], sums: readonly string[]): readonly InvoiceLine[] {
  const known = new Set(sums.map((sum) => toUnits(sum)));
  const comesTo = (some: readonly InvoiceLine[]): boolean => {
    const sum = sumOfLines(some);
    return sum !== undefined && some.length > 0 && known.has(toUnits(sum));
  };
  if (comesTo(lines)) return lines;
  const whole = lines.filter(({ quantity, unitPrice }) => (quantity ?? unitPrice) !== undefined);
  const named = lines.filter(({ description, code }) => (description ?? code) !== undefined);
  const fitting = [whole, named, ...prefixes(lines)].find(comesTo);
  if (fitting !== undefined) return fitting;
  return lines.some(isCounted) ? whole : lines;
}

const isCounted = ({ quantity, unitPrice, amount }: InvoiceLine): boolean =>
  quantity !== undefined &&
  unitPrice !== undefined &&
  amount !== undefined &&
  isProduct(quantity, unitPrice, amount);

/** Longest first; enough of them that a few rows too many are found. */
const prefixes = (lines: readonly InvoiceLine[]): (readonly InvoiceLine[])[] =>
  Array.from({ length: Math.min(lines.length - 1, 12) }, (_, cut) => lines.slice(0, lines.length - 1 - cut));

/** Whether quantity times price comes to the amount, within what rounding the price explains. */
function isProduct(quantity: string, unitPrice: string, amount: string): boolean {
  const [q, p, a] = [Number(quantity), Number(unitPrice), Number(amount)];
  return Math.abs(q * p - a) <= 0.011 + Math.abs(q) * 0.005;
}

/**
 * Takes back what contradicts itself: a quantity and a price whose product is far from the amount, where neither a discount nor tax nor
 * a price for ten, a hundred or a thousand explains it.
 */
export function withoutContradictions(line: InvoiceLine): InvoiceLine {
  const { quantity, unitPrice, amount, taxRate } = line;
  if (quantity === undefined || unitPrice === undefined || amount === undefined) return line;
  if (isProduct(quantity, unitPrice, amount)) return line;
  const ratio = Math.abs(Number(amount) / (Number(quantity) * Number(unitPrice)));
  const tax = 1 + Number(taxRate ?? 0) / 100;
  const isExplained = [1, 10, 100, 1000].some((base) => {
    const share = ratio * base;
    return (share >= 0.3 && share <= 1.001) || isNear(share, tax) || isNear(share, 1);
  });
  if (isExplained) return line;
  const { quantity: _quantity, unitPrice: _price, ...rest } = line;
  return rest;
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.01;
