import { isPostalLine } from './addresses.ts';
import type { BlockLine } from './blocks.ts';
import type { Row, Segment } from './layout.ts';
import { toSegment } from './layout.ts';

const divider = /\s+[-–•|·●∙*]\s+|\s*[•|·●∙]\s*/;

/** The sender's address in one small line, as it stands above the window of an envelope: "Acme · 1 Main St · 75011 Paris". */
export interface SenderLine {
  row: Row;
  x0: number;
  segments: Segment[];
  lines: BlockLine[];
}

export function senderLines(rows: readonly Row[]): SenderLine[] {
  return rows
    .filter(({ page }) => page === 0)
    .flatMap((row) =>
      [...row.segments.map((segment) => [segment]), divided(row)].flatMap((segments) =>
        senderIn(row, segments),
      ),
    );
}

function senderIn(row: Row, segments: Segment[]): SenderLine[] {
  const [first] = segments;
  const text = segments.map((segment) => segment.text).join(' ');
  const bulleted = partsOf(text, divider);
  const parts = bulleted.length > 1 ? bulleted : partsOf(text, /,\s+/);
  const isAddress = parts.length >= 3 && parts.slice(1).some(isPostalLine);
  const [name = ''] = parts;
  const isName = parts === bulleted ? !noName.test(name) : !/\d/.test(name) && name.length <= 50;
  if (first === undefined || !isAddress || !isName || ofOwner.test(name)) return [];
  const segment = toSegment(segments.flatMap(({ words }) => words));
  return [{ row, x0: first.x0, segments, lines: parts.map((part) => ({ row, segment, text: part })) }];
}

const noName = /\d{3}|€|capital|kapital/iu;
/** A line of the letterhead that names the owner goes on with the name above it. */
const ofOwner = /^(?:inh\.|inhaber|owner|propriet)/iu;

const partsOf = (text: string, between: RegExp): string[] =>
  text
    .slice(0, 300)
    .split(between)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The segments of a row that bullets divide, of their own or at their edges. */
function divided(row: Row): Segment[] {
  const bullets = row.segments.flatMap(({ text }, index) => (/[•|·●∙]/.test(text) ? [index] : []));
  const [first, last] = [bullets[0], bullets.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const text = (index: number): string => row.segments[index]?.text ?? '';
  const from = /^[•|·●∙]/.test(text(first)) ? Math.max(0, first - 1) : first;
  const to = /[•|·●∙]$/.test(text(last)) ? last + 1 : last;
  return row.segments.slice(from, to + 1);
}
