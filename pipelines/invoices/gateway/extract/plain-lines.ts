import { type Amount, amountsIn, spanOf } from './amounts.ts';
import type { FoundLine } from './assemble.ts';
import { type Found, present } from './evidence.ts';
import type { Row } from './layout.ts';
import { type DecimalSign, findNumbers, toUnits } from './numbers.ts';
import type { TotalCandidate } from './total-candidates.ts';
import { totalLabel } from './total-labels.ts';

/** What adding up alone is worth. */
const addsUp = 0.75;
/** No list without headings is longer, or goes on over more rows without an amount. */
const mostLines = 60;
const mostRowsBetween = 8;

/**
 * Lines without any heading: the rows above the sums that have a text and an amount, where these amounts come to one of the sums. Quantity
 * and price are those numbers of a row whose product is its amount.
 */
export function plainLines(
  rows: readonly Row[],
  sums: readonly TotalCandidate[],
  decimal: DecimalSign | undefined,
): FoundLine[] {
  const first = sums.map(({ row }) => rows.indexOf(row)).reduce((a, b) => Math.min(a, b), rows.length);
  const known = new Set(
    sums.filter(({ kind }) => kind !== 'tax' && kind !== 'other').map(({ value }) => toUnits(value)),
  );
  const lines: FoundLine[] = [];
  let total = 0n;
  let between = 0;
  for (let i = first - 1; i >= 0 && lines.length < mostLines && between <= mostRowsBetween; i -= 1) {
    const row = rows[i];
    if (row === undefined || row.page !== rows[first]?.page) break;
    const line = lineIn(row, decimal);
    between = line === undefined ? between + 1 : 0;
    if (line?.amount === undefined) continue;
    lines.unshift(line);
    total += toUnits(line.amount.value);
    if (known.has(total)) return lines;
  }
  return [];
}

function lineIn(row: Row, decimal: DecimalSign | undefined): FoundLine | undefined {
  const [text] = row.segments;
  const numbers = amountsIn(row, row.segments.slice(1), decimal);
  const amount = numbers.at(-1);
  const isPlain =
    text !== undefined &&
    amount?.value.includes('.') === true &&
    /\p{L}{4}/u.test(text.text) &&
    totalLabel(text) === undefined;
  if (!isPlain) return undefined;
  const of = ({ value, at }: Pick<Amount, 'value' | 'at'>): Found => ({
    value,
    confidence: addsUp,
    row,
    at,
    reason: 'the amounts of such rows come to a sum of the document',
  });
  const product = factors(row, amount, decimal);
  return present({
    description: of({ value: text.text, at: text }),
    quantity: product && of(product.quantity),
    unitPrice: product && of(product.price),
    amount: of(amount),
  });
}

/** The two numbers before the amount whose product it is. */
function factors(
  row: Row,
  amount: Amount,
  decimal?: DecimalSign,
): { quantity: Amount; price: Amount } | undefined {
  const numbers = row.segments.flatMap((segment) =>
    findNumbers(segment.text, decimal)
      .filter(({ percent }) => !percent)
      .map(({ value, start, end }) => ({ value, row, at: spanOf(segment, start, end) })),
  );
  const before = numbers.slice(0, -1).slice(-6);
  for (const [index, quantity] of before.entries()) {
    const price = before
      .slice(index + 1)
      .find(({ value }) => Math.abs(Number(quantity.value) * Number(value) - Number(amount.value)) <= 0.011);
    if (price !== undefined) return { quantity, price };
  }
  return undefined;
}
