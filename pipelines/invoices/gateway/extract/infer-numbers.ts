import type { Entry } from './assemble.ts';
import type { Column } from './columns.ts';
import type { Found } from './evidence.ts';
import { productOf } from './lines-sum.ts';
import { type DecimalSign, findNumbers } from './numbers.ts';

type Missing = 'quantity' | 'unitPrice';

/** What arithmetic alone says of a column whose heading says nothing. */
const byProduct = 0.8;

/**
 * Gives lines the quantity or the price that stands in a column whose heading says something else or nothing that we know ("#"): the
 * column with which the products of all the lines come to their amounts.
 */
export function inferNumbers(entries: readonly Entry[], decimal: DecimalSign | undefined): void {
  const lines = entries.filter(({ role, numbers }) => role === 'line' && numbers.amount !== undefined);
  for (const field of ['quantity', 'unitPrice'] as const) {
    if (lines.length === 0 || lines.some(({ numbers }) => numbers[field] !== undefined)) continue;
    const column = columnsOf(lines).find((one) => explains(lines, one, field, decimal));
    if (column === undefined) continue;
    take(lines, column, field, decimal);
  }
  const isWrong = lines.some(({ numbers }) => productOf(numbers) === 'wrong');
  const column = isWrong ? columnsOf(lines).find((one) => isProduct(lines, one, decimal)) : undefined;
  if (column !== undefined) take(lines, column, 'amount', decimal);
}

function take(
  lines: readonly Entry[],
  column: Column,
  field: Missing | 'amount',
  decimal: DecimalSign | undefined,
): void {
  for (const line of lines) {
    const found = numberIn(line, column, decimal);
    if (found !== undefined) line.numbers[field] = found;
  }
}

/** Whether all the products come to the numbers of a column: it has the amounts, and the one that is called so has tax in it. */
const isProduct = (lines: readonly Entry[], column: Column, decimal: DecimalSign | undefined): boolean =>
  lines.every((line) => {
    const amount = numberIn(line, column, decimal);
    return amount !== undefined && productOf({ ...line.numbers, amount }) === 'right';
  });

const columnsOf = (lines: readonly Entry[]): Column[] => [
  ...new Set(
    lines.flatMap(({ cells }) =>
      [...cells.keys()].filter(({ kind }) => kind === 'position' || kind === 'other'),
    ),
  ),
];

/** Whether each line has a number there that makes its product; one of them not by chance, as 1 would be. */
function explains(
  lines: readonly Entry[],
  column: Column,
  field: Missing,
  decimal: DecimalSign | undefined,
): boolean {
  const factors = lines.map((line) => {
    const number = numberIn(line, column, decimal);
    const other = line.numbers[field === 'quantity' ? 'unitPrice' : 'quantity'];
    if (number === undefined || other === undefined) return undefined;
    const off = Math.abs(Number(number.value) * Number(other.value) - Number(line.numbers.amount?.value));
    return off <= 0.011 ? Number(number.value) : undefined;
  });
  return factors.every((factor) => factor !== undefined) && factors.some((factor) => factor !== 1);
}

function numberIn(
  { cells, row }: Entry,
  column: Column,
  decimal: DecimalSign | undefined,
): Found | undefined {
  const at = cells.get(column);
  const [only, ...others] = at === undefined ? [] : findNumbers(at.text, decimal);
  if (at === undefined || only === undefined || others.length > 0 || only.percent) return undefined;
  return {
    value: only.value,
    confidence: byProduct,
    row,
    at,
    reason: 'with it the products come to the amounts',
  };
}
