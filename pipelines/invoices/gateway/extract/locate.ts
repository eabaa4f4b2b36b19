import type { Span } from './evidence.ts';
import { overlap, type Row, type Segment, toSegment, type Word } from './layout.ts';
import { matchAll, type Phrases } from './phrases.ts';

/** A text that a label may stand for, and how it lies to the label. */
export interface Candidate<Kind> {
  kind: Kind;
  /** Where the label stood in its list: lower is stronger. */
  rank: number;
  text: string;
  place: 'same' | 'right' | 'below';
  /** The row of the label, and where the text itself stands. */
  row: Row;
  from: { row: Row; words: readonly Word[] };
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
        const after = segment.words.slice(segment.tokens[end - 1]?.word ?? 0);
        const next = row.segments[at + 1];
        const right = next === undefined ? beside(rows, index, label) : { row, segment: next };
        return [
          ...(same === ''
            ? []
            : [{ ...found, text: same, place: 'same' as const, from: { row, words: after } }]),
          ...(right === undefined ? [] : [{ ...found, place: 'right' as const, ...standing(right) }]),
          ...below(rows, index, label).map((text) => ({
            ...found,
            place: 'below' as const,
            ...standing(text),
          })),
        ];
      }),
    ),
  );
}

/** A text of its own, and where it stands. */
export interface Standing {
  row: Row;
  segment: Segment;
}

const standing = ({ row, segment }: Standing): Pick<Candidate<string>, 'text' | 'from'> => ({
  text: segment.text,
  from: { row, words: segment.words },
});

/** Where `value` stands in the words of a candidate; all of them where it is not printed as it is. */
export function spanOf({ from: { words } }: Pick<Candidate<string>, 'from'>, value: string): Span {
  const bare = (text: string): string => text.replaceAll(/[\s,;:]/g, '');
  const [all, wanted] = [words.map(({ text }) => bare(text)), bare(value)];
  for (let count = 1; count <= Math.min(6, words.length); count += 1) {
    for (let first = 0; first + count <= words.length; first += 1) {
      if (
        all
          .slice(first, first + count)
          .join('')
          .includes(wanted) &&
        wanted !== ''
      )
        return spanBetween(words.slice(first, first + count));
    }
  }
  return spanBetween(words);
}

const spanBetween = (words: readonly Word[]): Span => ({ x0: words[0]?.x0 ?? 0, x1: words.at(-1)?.x1 ?? 0 });

const leadBefore = (segment: Segment, start: number): string =>
  segment.words
    .slice(0, segment.tokens[start]?.word ?? 0)
    .map(({ text }) => text)
    .join(' ');

/** The nearest text to the right that stands up to half a line higher or lower than its small label. */
function beside(rows: readonly Row[], index: number, label: Segment): Standing | undefined {
  const row = rows[index];
  const near = [rows[index - 1], rows[index + 1]].flatMap((other) => {
    const isNear =
      other !== undefined &&
      other.page === row?.page &&
      Math.abs(other.y - row.y) <= Math.max(row.height, other.height) * 0.6;
    return isNear
      ? other.segments.filter(({ x0 }) => x0 >= label.x1).map((segment) => ({ row: other, segment }))
      : [];
  });
  return near.sort((a, b) => a.segment.x0 - b.segment.x0)[0];
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
  const glued = inLastWord ? (segment.words[next - 1]?.text ?? '').replace(/^[^:#°º]*[:#°º]/, '') : '';
  const words = segment.words.slice(next).map((word) => word.text);
  return [glued, ...words]
    .join(' ')
    .replace(/^[\s:.=–-]+(?=[^\d(]|$)|^\s*:\s*/, '')
    .trim();
}

/** The nearest text in each of the next rows that stands under the label. */
export function below(rows: readonly Row[], index: number, label: Segment): Standing[] {
  const row = rows[index];
  if (row === undefined) return [];
  const found: Standing[] = [];
  for (let i = index + 1; i <= index + rowsBelow && found.length < 2; i += 1) {
    const next = rows[i];
    if (next === undefined || next.page !== row.page || next.y - row.y > row.height * reachBelow) break;
    const under = next.segments.find((segment) => overlap(segment, label) > 0);
    if (under !== undefined) found.push({ row: next, segment: under });
  }
  return found;
}
