import type { TextItem, TextPage } from '../../../gateway/text.ts';

/** A piece of text and where it begins, in points; right-aligned there when `end` is given instead. */
export type Piece = { at: number; text: string } | { end: number; text: string };

export const at = (x: number, text: string): Piece => ({ at: x, text });
export const end = (x: number, text: string): Piece => ({ end: x, text });

const size = 10;
const letterWidth = 5;

/** A page of 10-point type, 5 points a letter. Every row is 14 points below the one before; `null` leaves one free. */
export function pageOf(rows: readonly (readonly Piece[] | null)[]): TextPage {
  return pageAt(rows.map((pieces, index) => [50 + index * 14, pieces ?? []]));
}

/** The same with the baseline of each row, in points from the top. */
export function pageAt(rows: readonly (readonly [number, readonly Piece[]])[]): TextPage {
  const lines = rows
    .filter(([, pieces]) => pieces.length > 0)
    .map(([y, pieces]) => ({ y, items: pieces.map((piece) => toItem(piece, y)) }));
  return { width: 595, height: 842, lines };
}

function toItem(piece: Piece, y: number): TextItem {
  const width = piece.text.length * letterWidth;
  const x = 'at' in piece ? piece.at : piece.end - width;
  return { text: piece.text, x, y, width, height: size };
}
