import { type DecimalSign, findNumbers, fromUnits, toUnits, usualDecimalSign } from '../extract/numbers.ts';
import type { DocumentCharge, InvoiceLine, TaxGroup } from '../invoice.ts';
import { allowanceWords, chargeWords, sumWords } from './charge-words.ts';

/** Each row more doubles the search. */
const mostRows = 12;
const mostReason = 200;

interface Candidate {
  reason: string;
  isCharge: boolean;
  /** What it adds to the lines, in ten-thousandths. */
  effect: bigint;
  rate: string;
}

/**
 * The charges and allowances that lead from the lines to the net sum: the rows of the page that name some and come to just that, and
 * with which the lines of each rate come to its base. None where the lines come to the net sum; `undefined` where the page does not tell
 * them, or in several ways.
 */
export function documentCharges(
  rows: readonly string[],
  { gap, lines, taxes }: { gap: bigint; lines: readonly InvoiceLine[]; taxes: readonly TaxGroup[] },
): DocumentCharge[] | undefined {
  if (gap === 0n) return [];
  const decimal = usualDecimalSign(rows);
  // In a document whose sums are negative, a discount takes nothing away but adds.
  const sign = taxes.some(({ base }) => base.startsWith('-')) ? -1n : 1n;
  const found = rows.flatMap((row) => candidateIn(row, { taxes, decimal, sign }) ?? []);
  if (found.length > mostRows) return undefined;
  const fitting = subsets(found).filter(
    (some) => sum(some) === gap && taxes.every((group) => comesToBase(group, lines, some)),
  );
  return fitting.length === 1 ? fitting[0]?.map(toCharge) : undefined;
}

function candidateIn(
  row: string,
  of: { taxes: readonly TaxGroup[]; decimal: DecimalSign | undefined; sign: bigint },
): Candidate | undefined {
  const isAllowance = allowanceWords.test(row);
  if (sumWords.test(row) || !(isAllowance || chargeWords.test(row))) return undefined;
  const { taxes, decimal, sign } = of;
  const numbers = findNumbers(row, decimal);
  const last = numbers.at(-1);
  if (last === undefined || last.percent || !/\.\d{2}$/.test(last.value)) return undefined;
  const printed = numbers.find(({ value, percent }) => percent && isRate(value, taxes))?.value;
  const rate = taxes.length === 1 ? taxes[0]?.rate : printed;
  const amount = toUnits(last.value.replace('-', ''));
  if (rate === undefined || amount === 0n) return undefined;
  return {
    reason: reasonOf(row),
    isCharge: !isAllowance,
    effect: sign * (isAllowance ? -amount : amount),
    rate: String(Number(rate)),
  };
}

const isRate = (value: string, taxes: readonly TaxGroup[]): boolean =>
  taxes.some(({ rate }) => Number(rate) === Number(value));

const reasonOf = (row: string): string => {
  const cell = row.split(/\s{2,}/).find((text) => allowanceWords.test(text) || chargeWords.test(text)) ?? row;
  return cell.slice(0, mostReason);
};

const subsets = (all: readonly Candidate[]): Candidate[][] =>
  all.reduce<Candidate[][]>((some, one) => some.concat(some.map((chosen) => chosen.concat(one))), [[]]);

const sum = (some: readonly Candidate[]): bigint => some.reduce((total, { effect }) => total + effect, 0n);

function comesToBase(
  { rate, base }: TaxGroup,
  lines: readonly InvoiceLine[],
  charges: readonly Candidate[],
): boolean {
  const isOf = (one: string | undefined): boolean => one !== undefined && Number(one) === Number(rate);
  const ofLines = lines
    .filter(({ taxRate }) => isOf(taxRate))
    .reduce((total, { amount = '0' }) => total + toUnits(amount), 0n);
  return ofLines + sum(charges.filter((charge) => isOf(charge.rate))) === toUnits(base);
}

const toCharge = ({ reason, isCharge, effect, rate }: Candidate): DocumentCharge => ({
  isCharge: isCharge ? 'true' : 'false',
  amount: fromUnits(isCharge ? effect : -effect),
  reason,
  rate,
  category: 'S',
});

/** What the charges and the allowances come to, where there are some. */
export function chargeTotals(all: readonly DocumentCharge[]): { charges?: string; allowances?: string } {
  const total = (isCharge: DocumentCharge['isCharge']): string | undefined => {
    const some = all.filter((one) => one.isCharge === isCharge);
    return some.length > 0
      ? fromUnits(some.reduce((sum, { amount }) => sum + toUnits(amount), 0n))
      : undefined;
  };
  const [charges, allowances] = [total('true'), total('false')];
  return { ...(charges && { charges }), ...(allowances && { allowances }) };
}
