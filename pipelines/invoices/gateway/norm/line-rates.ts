import { toUnits } from '../extract/numbers.ts';
import type { InvoiceLine, TaxGroup } from '../invoice.ts';

/** More are not tried. */
const mostWays = 100_000;

/**
 * The rate of each line that has none, where only one way to share the lines out gives each rate the base of its group; `undefined`
 * where none or several do.
 */
export function ratesOfLines(
  lines: readonly InvoiceLine[],
  groups: readonly TaxGroup[],
): string[] | undefined {
  if (groups.length ** lines.length > mostWays || lines.some(({ amount }) => amount === undefined))
    return undefined;
  const ways = shareOut(
    lines,
    groups.map(({ rate, base }) => ({ rate, left: toUnits(base) })),
  );
  return ways.length === 1 ? ways[0] : undefined;
}

/** At most two ways: a second tells enough. */
function shareOut(
  [line, ...rest]: readonly InvoiceLine[],
  groups: readonly { rate: string; left: bigint }[],
): string[][] {
  if (line === undefined) return groups.every(({ left }) => left === 0n) ? [[]] : [];
  const amount = toUnits(line.amount ?? '0');
  const ways: string[][] = [];
  for (const group of groups) {
    if (line.taxRate !== undefined && Number(line.taxRate) !== Number(group.rate)) continue;
    const after = groups.map((one) => (one === group ? { ...one, left: one.left - amount } : one));
    for (const way of shareOut(rest, after)) ways.push([group.rate, ...way]);
    if (ways.length > 1) break;
  }
  return ways;
}
