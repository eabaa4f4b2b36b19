import type { InvoiceLine } from '../invoice.ts';
import type { Cells } from './cells.ts';
import type { Column } from './columns.ts';
import { type Found, type FoundIn, present } from './evidence.ts';
import type { Row } from './layout.ts';

export type FoundLine = FoundIn<InvoiceLine>;
export type Numbers = Pick<FoundLine, 'quantity' | 'unit' | 'unitPrice' | 'taxRate' | 'amount'>;

/** A row of a table, and what it is: a line of the invoice, text beside one, or a sum. */
export interface Entry {
  role: 'line' | 'text' | 'sum';
  row: Row;
  cells: Cells;
  numbers: Numbers;
}

/** A line in the making: what its text columns hold, row by row. */
interface Draft {
  numbers: Numbers;
  texts: Map<Column, Found[]>;
  lastRow: Row;
}

/** Text further from a line than this, in heights of its type, is not its text. */
const reach = 2;
/** Text above a line that has a description of its own must stand closer than this, and than to the line above. */
const reachDown = 1.5;

/** Lines with their descriptions put together, and the rows of text that went into them. */
export function assemble(entries: readonly Entry[]): { lines: FoundLine[]; rows: Row[] } {
  const drafts: Draft[] = [];
  const rows: Row[] = [];
  let above: Entry[] = [];
  let open: Draft | undefined;
  for (const [index, entry] of entries.entries()) {
    if (entry.role === 'sum') {
      open = undefined;
      above = [];
    } else if (entry.role === 'line') {
      open = { numbers: entry.numbers, texts: new Map(), lastRow: entry.row };
      for (const { cells, row } of [...above, entry]) addTexts(open, cells, row);
      above = [];
      drafts.push(open);
    } else {
      const owner = hasText(entry)
        ? ownerOf(entry, open, entries[index + 1], nextLine(entries, index))
        : undefined;
      if (owner === undefined) continue;
      rows.push(entry.row);
      if (owner === 'below') above.push(entry);
      else {
        addTexts(owner, entry.cells, entry.row);
        owner.lastRow = entry.row;
      }
    }
  }
  return { lines: drafts.map(toLine), rows };
}

function ownerOf(
  entry: Entry,
  open: Draft | undefined,
  following: Entry | undefined,
  next: Entry | undefined,
): Draft | 'below' | undefined {
  const gap = (other: Row | undefined): number =>
    other?.page === entry.row.page
      ? Math.abs(entry.row.y - other.y) / entry.row.height
      : Number.POSITIVE_INFINITY;
  const up = gap(open?.lastRow);
  const down = next === undefined ? Number.POSITIVE_INFINITY : gap(following?.row);
  if (next !== undefined && !hasText(next)) {
    const isEven = Math.abs(up - down) < 0.1;
    const isBelow = isEven ? (open?.texts.size ?? 1) > 0 : down < up;
    if (isBelow && down <= reach) return 'below';
  } else if (down <= reachDown && down < up * 0.8) return 'below';
  return up <= reach ? open : undefined;
}

/** The line that follows with nothing but text between. At most a few rows ahead: a description is no longer. */
function nextLine(entries: readonly Entry[], index: number): Entry | undefined {
  const ahead = entries.slice(index + 1, index + 9).find(({ role }) => role !== 'text');
  return ahead?.role === 'line' && ahead.row.page === entries[index]?.row.page ? ahead : undefined;
}

const hasText = ({ cells }: Entry): boolean => [...cells.keys()].some(({ kind }) => kind === 'description');

/** What the heading of a column of texts is worth, and what a code that begins a description. */
const worth = { text: 0.8, code: 0.7 } as const;

function addTexts(draft: Draft, cells: Cells, row: Row): void {
  for (const [column, at] of cells) {
    if (column.kind !== 'description' && column.kind !== 'code') continue;
    const texts = draft.texts.get(column) ?? [];
    const found = { value: at.text, confidence: worth.text, row, at, reason: 'the heading of its column' };
    if (column.kind === 'description' || texts.length === 0) texts.push(found);
    draft.texts.set(column, texts);
  }
}

function toLine({ numbers, texts }: Draft): FoundLine {
  const columns = [...texts].sort(([a], [b]) => a.x0 - b.x0);
  const printed = columns.find(([{ kind }]) => kind === 'code')?.[1][0];
  const [first, ...others] = columns
    .filter(([{ kind }]) => kind === 'description')
    .flatMap(([, lines]) => joined(lines) ?? []);
  const leading = leadingCode(first?.value ?? '', others.length > 0);
  const code = printed ?? coded(first, leading.code);
  const rest = [leading.rest, ...others.map(({ value }) => value)].filter((text) => text !== '');
  const description = rest.join('\n').trim();
  return {
    ...present({
      code,
      description: first === undefined || description === '' ? undefined : { ...first, value: description },
    }),
    ...numbers,
  };
}

/** Lines of a text as one; it stands where its first line does. */
const joined = ([first, ...others]: readonly Found[]): Found | undefined =>
  first && { ...first, value: [first, ...others].map(({ value }) => value).join('\n') };

const coded = (text: Found | undefined, code: string | undefined): Found | undefined =>
  text && code !== undefined
    ? { ...text, value: code, confidence: worth.code, reason: 'it begins the description' }
    : undefined;

/** An article code that the description begins with: in square brackets, in asterisks as barcodes are printed, or all there is in the first of several columns. */
function leadingCode(first: string, isOneOfSeveral: boolean): { code?: string; rest: string } {
  const marked = /^(?:\[([^\]\n]{1,40})\]|\*([^*\s]*\d[^*\s]*)\*)\s*/.exec(first);
  const code = marked?.[1] ?? marked?.[2];
  if (marked !== null && code !== undefined) return { code, rest: first.slice(marked[0].length) };
  const isCode = isOneOfSeveral && /^(?=\S*\d)[\p{L}\p{N}._/-]{2,40}$/u.test(first);
  return isCode ? { code: first, rest: '' } : { rest: first };
}
