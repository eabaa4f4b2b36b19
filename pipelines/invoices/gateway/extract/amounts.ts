import type { Span } from './evidence.ts';
import { type Row, type Segment, toSegment } from './layout.ts';
import { type DecimalSign, findNumbers } from './numbers.ts';

/** An amount and where it stands. */
export interface Amount {
  value: string;
  row: Row;
  at: Span;
}

/** The amounts of segments of one row, left to right: no percentages. */
export function amountsIn(row: Row, segments: readonly Segment[], decimal?: DecimalSign): Amount[] {
  return segments.flatMap((segment) =>
    findNumbers(segment.text, decimal)
      .filter(({ percent, value }) => !percent && isAmount(value, segment.text, decimal))
      .map(({ value, start, end }) => ({ value, row, at: spanOf(segment, start, end) })),
  );
}

/** The words of a segment that hold the characters from `start` to `end`. */
export function spanOf(segment: Segment, start: number, end: number): Span {
  const wordAt = (offset: number): number => segment.text.slice(0, offset).split(' ').length - 1;
  const { x0, x1 } = toSegment(segment.words.slice(wordAt(start), wordAt(end) + 1));
  return { x0, x1 };
}

/** Where amounts have decimals, a number without them and without a currency is none. */
function isAmount(value: string, text: string, decimal: DecimalSign | undefined): boolean {
  return (
    decimal === undefined ||
    value.includes('.') ||
    /\p{Sc}|(?<!\p{L})[A-Z]{3}(?!\p{L})|kr|zł|Rs/u.test(text) ||
    value === '0'
  );
}
