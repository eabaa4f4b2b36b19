import { overlap, type Row, type Segment, toSegment } from './layout.ts';
import { matchAll, type Phrases } from './phrases.ts';

/** A text that a label may stand for, and how it lies to the label. */
export interface Candidate<Kind> {
  kind: Kind;
  /** Where the label stood in its list: lower is stronger. */
  rank: number;
  text: string;
  place: 'same' | 'right' | 'below';
  row: Row;
  label: Segment;
  /** What stands before and after the label in its own segment. */
  lead: string;
  rest: string;
}

/** How far below its label a value may stand, in heights of the label's type; and in rows. */
const reachBelow = 3;
const rowsBelow = 8;

/**
 * Finds what stands after a label in its own segment, right of it, and below it; in the order of the page. What a value
 * looks like is for the caller to judge: of one label's candidates the first that fits is the value.
 */
export function locate<Kind>(rows: readonly Row[], known: Phrases<Kind>): Candidate<Kind>[] {
  return rows.flatMap((row, index) =>
    row.segments.flatMap((segment, at) =>
      matchAll(segment.tokens, known).flatMap((match) => {
        const end = match.start + match.length;
        const label = labelSegment(segment, match.start, end);
        const same = restAfter(segment, end);
        const lead = leadBefore(segment, match.start);
        const found = { kind: match.kind, rank: match.rank, row, label, lead, rest: same };
        const right = row.segments[at + 1]?.text ?? beside(rows, index, label);
        return [
          ...(same === '' ? [] : [{ ...found, text: same, place: 'same' as const }]),
          ...(right === undefined ? [] : [{ ...found, text: right, place: 'right' as const }]),
          ...below(rows, index, label).map((text) => ({ ...found, text, place: 'below' as const })),
        ];
      }),
    ),
  );
}

const leadBefore = (segment: Segment, start: number): string =>
  segment.words
    .slice(0, segment.tokens[start]?.word ?? 0)
    .map(({ text }) => text)
    .join(' ');

/** The nearest text to the right that stands up to half a line higher or lower than its small label. */
function beside(rows: readonly Row[], index: number, label: Segment): string | undefined {
  const row = rows[index];
  const near = [rows[index - 1], rows[index + 1]].flatMap((other) => {
    const isNear =
      other !== undefined &&
      other.page === row?.page &&
      Math.abs(other.y - row.y) <= Math.max(row.height, other.height) * 0.6;
    return isNear ? other.segments.filter(({ x0 }) => x0 >= label.x1) : [];
  });
  return near.sort((a, b) => a.x0 - b.x0)[0]?.text;
}

function labelSegment(segment: Segment, start: number, end: number): Segment {
  const first = segment.tokens[start]?.word ?? 0;
  const last = segment.tokens[end - 1]?.word ?? first;
  return toSegment(segment.words.slice(first, last + 1));
}

/** The words after the label, without the colon between. */
function restAfter(segment: Segment, end: number): string {
  const next = (segment.tokens[end - 1]?.word ?? 0) + 1;
  const inLastWord = segment.tokens[end]?.word === next - 1;
  const glued = inLastWord ? (segment.words[next - 1]?.text ?? '').replace(/^[^:#]*[:#]/, '') : '';
  const words = segment.words.slice(next).map((word) => word.text);
  return [glued, ...words]
    .join(' ')
    .replace(/^[\s:.=–-]+(?=[^\d(]|$)|^\s*:\s*/, '')
    .trim();
}

/** The nearest text in each of the next rows that stands under the label. */
export function below(rows: readonly Row[], index: number, label: Segment): string[] {
  const row = rows[index];
  if (row === undefined) return [];
  const found: string[] = [];
  for (let i = index + 1; i <= index + rowsBelow && found.length < 2; i += 1) {
    const next = rows[i];
    if (next === undefined || next.page !== row.page || next.y - row.y > row.height * reachBelow) break;
    const under = next.segments.find((segment) => overlap(segment, label) > 0);
    if (under !== undefined) found.push(under.text);
  }
  return found;
}
