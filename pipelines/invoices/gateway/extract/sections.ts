import { columnLabels, sectionLabels, totalLabels } from './labels.ts';
import type { Row, Segment } from './layout.ts';
import { matchAt, phrases } from './phrases.ts';

const knownSections = phrases(sectionLabels);
const knownSums = phrases({
  sum: [
    ...totalLabels.gross,
    ...totalLabels.net,
    ...totalLabels.subtotal,
    ...totalLabels.tax,
    ...totalLabels.other,
  ],
  rate: columnLabels.taxRate,
});

/**
 * Whether a row begins what stands below the lines: the heading of a section ("VAT breakdown", "Terms of payment"), or that of a table
 * of sums, which has no column for what was sold.
 */
export function endsTable(row: Row): boolean {
  const [first] = row.segments;
  if (first === undefined || row.segments.some(({ text }) => /\d[.,]\d{2}(?!\d)/.test(text))) return false;
  return isSection(first) || isHeadingOfSums(row);
}

function isSection({ tokens, text }: Segment): boolean {
  const match = matchAt(tokens, 0, knownSections);
  return match !== undefined && (match.length === tokens.length || text.includes(':'));
}

function isHeadingOfSums({ segments }: Row): boolean {
  const sums = segments.filter(({ tokens }) => matchAt(tokens, 0, knownSums)?.length === tokens.length);
  return segments.length >= 3 && sums.length >= 2 && sums.length * 2 >= segments.length;
}
