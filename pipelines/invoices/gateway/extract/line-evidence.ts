import type { FoundLine, Numbers } from './assemble.ts';
import { type Found, weighed } from './evidence.ts';
import { type Product, productOf, sumOfFound } from './lines-sum.ts';
import { toUnits } from './numbers.ts';

/** What the arithmetic of a line and of all lines together makes of its numbers. */
const worth = {
  productRight: 0.95,
  sumRight: 0.95,
  explained: 0.75,
  unknown: 0.6,
  contradicted: 0.3,
} as const;

/**
 * Weighs the numbers of the lines: quantity times price comes to the amount, all amounts to one of the document's sums. A number that
 * both contradict is doubtful.
 */
export function weighedLines(lines: readonly FoundLine[], sums: readonly string[]): FoundLine[] {
  const total = sumOfFound(lines);
  const isTotal = total !== undefined && sums.some((sum) => toUnits(sum) === toUnits(total));
  return lines.map((line) => weighedLine(line, isTotal));
}

function weighedLine(line: FoundLine, isTotal: boolean): FoundLine {
  const product = productOf(line);
  return {
    ...line,
    ...changed(line, ['quantity', 'unitPrice'], (one) => ofProduct(one, product)),
    ...changed(line, ['amount'], (one) =>
      isTotal
        ? weighed(one, worth.sumRight, 'the lines come to a sum of the document')
        : ofProduct(one, product),
    ),
  };
}

function ofProduct(one: Found, product: Product): Found {
  if (product === 'right') return weighed(one, worth.productRight, 'quantity times price is the amount');
  if (product === 'explained')
    return weighed(one, worth.explained, 'quantity times price, less a discount or the like');
  if (product === 'wrong') return weighed(one, worth.contradicted, 'quantity times price is not the amount');
  return { ...one, confidence: worth.unknown };
}

function changed<Field extends keyof Numbers>(
  line: FoundLine,
  fields: readonly Field[],
  change: (one: Found) => Found,
): Pick<FoundLine, Field> {
  const entries = fields.flatMap((field) => {
    const one = line[field];
    return one === undefined ? [] : [[field, change(one)]];
  });
  return Object.fromEntries(entries) as Pick<FoundLine, Field>;
}
