import type { InvoiceLine } from '../invoice.ts';
import { fromUnits, toUnits } from './numbers.ts';

/** What the amounts of the lines come to, when each has one. */
export function sumOfLines(lines: readonly InvoiceLine[]): string | undefined {
  const amounts = lines.flatMap(({ amount }) => amount ?? []);
  if (amounts.length === 0 || amounts.length < lines.length) return undefined;
  return fromUnits(amounts.reduce((sum, amount) => sum + toUnits(amount), 0n));
}
