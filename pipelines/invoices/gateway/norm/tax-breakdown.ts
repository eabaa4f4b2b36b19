import { fromUnits, toUnits } from '../extract/numbers.ts';
import type { Invoice, InvoiceLine, TaxGroup } from '../invoice.ts';

/** Rates of value added tax in Europe, standard and reduced. */
const usualRates = [
  2.1, 3, 4, 5, 5.5, 6, 7, 7.7, 8, 8.1, 9, 10, 12, 13, 13.5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
  25.5, 27,
];

/**
 * The breakdown of the tax by rate (BG-23): from the rates of the lines, or from the one rate that net and tax make. Only one whose
 * taxes come to the tax that is printed.
 */
export function taxBreakdown(
  lines: readonly InvoiceLine[],
  totals: Invoice['totals'],
): TaxGroup[] | undefined {
  const { net, tax } = totals;
  if (net === undefined || tax === undefined) return undefined;
  const rates = lines.map(({ taxRate }) => taxRate);
  const groups = rates.every((rate) => rate !== undefined) ? byRate(lines) : oneRate(rates, net, tax);
  const sum = groups?.reduce((total, { amount }) => total + toUnits(amount), 0n);
  return sum === toUnits(tax) ? groups : undefined;
}

function byRate(lines: readonly InvoiceLine[]): TaxGroup[] {
  const bases = new Map<string, bigint>();
  for (const { taxRate = '', amount = '0' } of lines) {
    const rate = String(Number(taxRate));
    bases.set(rate, (bases.get(rate) ?? 0n) + toUnits(amount));
  }
  return [...bases].map(([rate, base]) => group(rate, fromUnits(base)));
}

function oneRate(rates: readonly (string | undefined)[], net: string, tax: string): TaxGroup[] | undefined {
  const known = new Set(rates.flatMap((rate) => (rate === undefined ? [] : Number(rate))));
  const fitting = usualRates.filter((rate) => group(String(rate), net).amount === fromUnits(toUnits(tax)));
  const [only, ...others] = known.size > 0 ? known : fitting;
  return only === undefined || others.length > 0 ? undefined : [group(String(only), net)];
}

/** The tax of a base, rounded half up to cents as invoices do. */
function group(rate: string, base: string): TaxGroup {
  const exact = toUnits(base) * BigInt(Math.round(Number(rate) * 100));
  const half = exact < 0n ? -500_000n : 500_000n;
  return { rate, base, amount: fromUnits(((exact + half) / 1_000_000n) * 100n), category: 'S' };
}
