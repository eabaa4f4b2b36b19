import { findNumbers, fromUnits, toUnits, usualDecimalSign } from '../extract/numbers.ts';
import type { Invoice, TaxGroup } from '../invoice.ts';

interface Candidate {
  rate: string;
  base: bigint;
  tax: bigint;
}

/** Enough for every table of rates; each more doubles the search. */
const most = { candidates: 12, numbersOfRow: 8, rows: 5_000 } as const;
const highestRate = 30;
const cent = 100n;

/**
 * The breakdown of the tax as a table of the page has it: rows in which a base, a rate and a tax fit each other, and that together come
 * to the net sum and to the tax. `undefined`: there are none, or several that do.
 */
export function taxTable(rows: readonly string[], { net, tax }: Invoice['totals']): TaxGroup[] | undefined {
  if (net === undefined || tax === undefined) return undefined;
  const decimal = usualDecimalSign(rows);
  const found = new Map<string, Candidate>();
  for (const row of rows.slice(0, most.rows)) {
    for (const candidate of candidatesIn(findNumbers(row, decimal).map(({ value }) => value)))
      found.set(`${candidate.rate} ${candidate.base} ${candidate.tax}`, candidate);
  }
  const candidates = [...found.values()].filter(({ base }) => base <= absolute(net));
  if (candidates.length > most.candidates) return undefined;
  const fitting = subsets(candidates).filter((some) => comesTo(some, absolute(net), absolute(tax)));
  const sign = net.startsWith('-') ? -1n : 1n;
  return fitting.length === 1 ? fitting[0]?.map((one) => toGroup(one, sign)) : undefined;
}

function candidatesIn(values: readonly string[]): Candidate[] {
  if (values.length < 3 || values.length > most.numbersOfRow) return [];
  const rates = values.filter((value) => Number(value) > 0 && Number(value) <= highestRate);
  return rates.flatMap((rate) =>
    values.flatMap((base) =>
      values
        .filter((tax) => base !== tax && tax !== rate && fits(rate, absolute(base), absolute(tax)))
        .map((tax) => ({ rate: String(Number(rate)), base: absolute(base), tax: absolute(tax) })),
    ),
  );
}

const absolute = (value: string): bigint => toUnits(value.replace('-', ''));

/** To the cent, rounded either way. */
function fits(rate: string, base: bigint, tax: bigint): boolean {
  const exact = (base * toUnits(rate)) / 1_000_000n;
  const gap = exact > tax ? exact - tax : tax - exact;
  return base > 0n && tax > 0n && gap < cent;
}

const subsets = (all: readonly Candidate[]): Candidate[][] =>
  all.reduce<Candidate[][]>(
    (some, one) =>
      some.concat(
        some
          .filter((chosen) => chosen.every(({ rate }) => rate !== one.rate))
          .map((chosen) => chosen.concat(one)),
      ),
    [[]],
  );

function comesTo(some: readonly Candidate[], net: bigint, tax: bigint): boolean {
  const sum = (of: 'base' | 'tax'): bigint => some.reduce((total, one) => total + one[of], 0n);
  return some.length > 0 && sum('base') === net && sum('tax') === tax;
}

const toGroup = ({ rate, base, tax }: Candidate, sign: bigint): TaxGroup => ({
  rate,
  base: fromUnits(sign * base),
  amount: fromUnits(sign * tax),
  category: 'S',
});
