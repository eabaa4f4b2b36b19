import type { TextItem, TextLine, TextPage } from '../text.ts';
import { type Token, tokens } from './phrases.ts';
import { tornPieces } from './torn-words.ts';

export interface Word {
  text: string;
  x0: number;
  x1: number;
  /** Of its type. */
  height: number;
}

/** Words that stand together: a label, a cell of a table, a line of an address. */
export interface Segment extends Word {
  words: Word[];
  tokens: Token[];
}

/** A line of a page, cut into segments at its wide gaps. Points of 1/72 inch from the top left. */
export interface Row {
  page: number;
  y: number;
  height: number;
  segments: Segment[];
}

/** A gap wider than this part of the type's height divides two segments; one narrower than the other, none at all. */
const segmentGap = 0.9;
const wordGap = 0.08;

export function layOut(pages: readonly TextPage[]): Row[] {
  return pages.flatMap((page, index) => page.lines.map((line) => layOutLine(line, index)));
}

function layOutLine(line: TextLine, page: number): Row {
  const height = Math.max(...line.items.map((item) => item.height), 1);
  const segments: Word[][] = [];
  for (const item of line.items) {
    const gap = (item.height || height) * segmentGap;
    for (const [index, word] of splitWords(item).entries()) {
      const segment = segments.at(-1);
      const last = segment?.at(-1);
      const isApart = last === undefined || (word.x0 - last.x1 > gap && !isColon(word));
      if (segment === undefined || isApart) segments.push([word]);
      else if (index === 0 && isGlued(last, word, item)) Object.assign(last, glue(last, word));
      else segment.push(word);
    }
  }
  return { page, y: line.y, height, segments: segments.map(unspaced).map(mended).map(toSegment) };
}

/** A word that is printed letter by letter, `R E C H N U N G`, is one word. */
function unspaced(words: Word[]): Word[] {
  const [first] = words;
  const isSpaced = words.length >= 5 && words.every(({ text }) => /^[\p{L}.:-]$/u.test(text));
  return isSpaced && first !== undefined ? [words.slice(1).reduce(glue, first)] : words;
}

/** Words that the kerning of the font tore apart are put together again. */
function mended(words: Word[]): Word[] {
  const texts = words.map(({ text }) => text);
  const whole: Word[] = [];
  for (let i = 0; i < words.length; ) {
    const count = tornPieces(texts, i);
    const [first, ...others] = words.slice(i, i + count);
    if (first !== undefined) whole.push(others.reduce(glue, first));
    i += count;
  }
  return whole;
}

export function toSegment(words: Word[]): Segment {
  return {
    text: words.map((word) => word.text).join(' '),
    x0: words[0]?.x0 ?? 0,
    x1: words.at(-1)?.x1 ?? 0,
    height: Math.max(0, ...words.map((word) => word.height)),
    words,
    tokens: tokens(words),
  };
}

/** A colon belongs to the label before it, however far it stands. */
const isColon = (word: Word): boolean => word.text.startsWith(':');

/** Whether an item goes on with the word before it: no space between, as where the font changes inside a word. */
function isGlued(last: Word, word: Word, item: TextItem): boolean {
  return !/^\s/.test(item.text) && word.x0 - last.x1 < item.height * wordGap;
}

const glue = (a: Word, b: Word): Word => ({ ...a, text: a.text + b.text, x1: Math.max(a.x1, b.x1) });

/** The words of an item. Only the item's place is known; theirs is estimated from the usual widths of letters. */
function splitWords(item: TextItem): Word[] {
  const total = [...item.text].reduce((sum, letter) => sum + letterWidth(letter), 0);
  const scale = item.width / (total || 1);
  const found: Word[] = [];
  let x = item.x;
  let open: Word | undefined;
  for (const letter of item.text) {
    const next = x + letterWidth(letter) * scale;
    if (/[ \t\r\n]/.test(letter)) open = undefined;
    else if (open === undefined) {
      open = { text: letter, x0: x, x1: next, height: item.height };
      found.push(open);
    } else Object.assign(open, { text: open.text + letter, x1: next });
    x = next;
  }
  return found;
}

function letterWidth(letter: string): number {
  if (/[ijlItf.,:;'|!()[\]/\s-]/.test(letter)) return 0.55;
  if (/[mwMW%@]/.test(letter)) return 1.55;
  return /[A-Z]/.test(letter) ? 1.25 : 1;
}

/** The text of a row, its segments divided by two spaces. */
export const rowText = (row: Row): string => row.segments.map((segment) => segment.text).join('  ');

export const overlap = (a: { x0: number; x1: number }, b: { x0: number; x1: number }): number =>
  Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
