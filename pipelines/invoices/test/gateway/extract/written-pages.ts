import { readFileSync } from 'node:fs';
import type { TextPage } from '../../../gateway/text.ts';
import { type Piece, pageAt } from './page.ts';

/** A page and what it says, by field; `-` is a field that it does not have. */
export interface WrittenPage {
  name: string;
  page: TextPage;
  truth: Map<string, string>;
}

/**
 * The pages of `pages.txt`. Each begins with `### name`. A row is its baseline and its texts, `140 50:Left | >550:right-aligned`, in
 * points; `= field: value` is what a reader should find.
 */
export function writtenPages(): WrittenPage[] {
  const text = readFileSync(new URL('./pages.txt', import.meta.url), 'utf8');
  return text.split(/^### /m).slice(1).map(writtenPage);
}

function writtenPage(part: string): WrittenPage {
  const [name = '', ...lines] = part.trim().split('\n');
  const rows = new Map<number, Piece[]>();
  const truth = new Map<string, string>();
  for (const line of lines) {
    const [, field, value] = /^= (\w+): (.*)$/.exec(line) ?? [];
    const [, y, texts = ''] = /^(\d+) (.*)$/.exec(line) ?? [];
    if (field !== undefined && value !== undefined) truth.set(field, value);
    else rows.set(Number(y), [...(rows.get(Number(y)) ?? []), ...texts.split(' | ').map(pieceOf)]);
  }
  return { name, page: pageAt([...rows].sort(([a], [b]) => a - b)), truth };
}

function pieceOf(written: string): Piece {
  const [, end, place, text] = /^(>?)(\d+):(.*)$/.exec(written) ?? [];
  if (text === undefined) throw new Error(`pages.txt: "${written}" is no text with its place`);
  return end === '>' ? { end: Number(place), text } : { at: Number(place), text };
}
