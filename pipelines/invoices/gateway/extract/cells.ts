import type { Column, ColumnKind } from './columns.ts';
import type { Span } from './evidence.ts';
import { overlap, type Row, type Segment, type Word } from './layout.ts';

/** What a row holds in a column: its words joined by spaces, and from where to where they stand. */
export interface Cell extends Span {
  text: string;
}

export type Cells = Map<Column, Cell>;

const textKinds: readonly ColumnKind[] = ['description', 'code', 'position', 'unit', 'other'];
export const isTextColumn = (column: Column): boolean => textKinds.includes(column.kind);

/** Digits, signs and currency: what can stand in a column of numbers. */
const numeric =
  /^[-−–+(]?(?:\p{Sc}|[A-Z]{2,3}|Rs\.?)?[-−–]?\d[\d.,'’\u00a0\u202f]*(?:%|\p{Sc}|-|\))*$|^\p{Sc}$|^%$/u;
const isNumeric = (word: Word): boolean => numeric.test(word.text);

/**
 * Sorts the words of a row under the headings. A number goes to the heading it stands under or nearest to; text goes,
 * as it stands together, to the heading that it begins under, or to the text column that begins left of it.
 */
export function cellsOf(row: Row, columns: readonly Column[]): Cells {
  const cells: Cells = new Map();
  const add = (column: Column | undefined, words: readonly Word[]): void => {
    if (column === undefined || words.length === 0) return;
    const before = cells.get(column);
    const text = words.map((word) => word.text).join(' ');
    const [x0, x1] = [words[0]?.x0 ?? 0, words.at(-1)?.x1 ?? 0];
    cells.set(
      column,
      before === undefined ? { text, x0, x1 } : { ...before, text: `${before.text} ${text}`, x1 },
    );
  };
  for (const segment of row.segments) {
    const [first] = segment.words;
    if (first === undefined) continue;
    const column = textColumnAt(segment, columns);
    if (column === undefined) for (const part of splitNumbers(segment, columns)) add(part.column, part.words);
    else {
      // Alone in its row, a number at the end of a text is part of the text.
      const tail = row.segments.length > 1 ? numericTail(segment, column, columns) : [];
      add(column, segment.words.slice(0, segment.words.length - tail.length));
      for (const word of tail) add(nearest(word, columns), [word]);
    }
  }
  return cells;
}

/** The text column that a segment belongs to, or `undefined` when it belongs under numbers. */
function textColumnAt(segment: Segment, columns: readonly Column[]): Column | undefined {
  const under = columns.filter((column) => overlap(column, segment) > 0);
  const [first] = segment.words;
  if (under.length > 0 && first !== undefined) {
    const [leftmost] = under;
    const begins = leftmost !== undefined && isTextColumn(leftmost) && leftmost.x0 - 3 <= first.x1;
    return begins ? leftmost : undefined;
  }
  const before = columns.filter((column) => column.x0 - 6 <= segment.x0).at(-1) ?? columns[0];
  const isText = before !== undefined && isTextColumn(before);
  return isText && !segment.words.every(isNumeric) ? before : undefined;
}

/** Numbers at the end of a text that reach under a heading of numbers: the next column, printed too close. */
function numericTail(segment: Segment, own: Column, columns: readonly Column[]): Word[] {
  const right = columns.filter((column) => column.x0 > own.x0 && !isTextColumn(column));
  let from = segment.words.length;
  while (from > 1) {
    const word = segment.words[from - 1];
    if (word === undefined || !isNumeric(word) || !right.some((column) => overlap(column, word) > 0)) break;
    from -= 1;
  }
  return segment.words.slice(from);
}

/** Each number under its own heading; words after a number (a unit) stay with it. */
function splitNumbers(
  segment: Segment,
  columns: readonly Column[],
): { column: Column | undefined; words: Word[] }[] {
  const parts: { column: Column | undefined; words: Word[] }[] = [];
  const isOneText = segment.words.some((word) => !isNumeric(word) && word.text.length > 3);
  for (const word of segment.words) {
    const open = parts.at(-1);
    const target = isNumeric(word) && !isOneText ? nearest(word, columns) : undefined;
    if (open !== undefined && (target === undefined || target === open.column)) open.words.push(word);
    else parts.push({ column: target ?? nearest(segment, columns), words: [word] });
  }
  return parts;
}

/** The heading with the most overlap, or else the least distance. */
function nearest(word: { x0: number; x1: number }, columns: readonly Column[]): Column | undefined {
  let best: Column | undefined;
  for (const column of columns) {
    if (best === undefined || overlap(column, word) > overlap(best, word)) best = column;
  }
  return best;
}
