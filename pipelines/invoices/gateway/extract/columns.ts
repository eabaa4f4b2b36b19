import { currencyWords } from './currencies.ts';
import { columnLabels } from './labels.ts';
import { overlap, type Row, type Segment } from './layout.ts';
import { matchAll, matchAt, type Phrases, phrases, tokenKeys } from './phrases.ts';

export type ColumnKind = keyof typeof columnLabels;

/** A column of the table of lines, by the place of its heading. */
export interface Column {
  kind: ColumnKind;
  x0: number;
  x1: number;
}

export interface TableHeader {
  columns: Column[];
  /** How many of the rows the heading takes, and which is the last. */
  first: number;
  last: number;
}

interface Heading {
  keys: string[];
  y: number;
  x0: number;
  x1: number;
  kind: ColumnKind | undefined;
}

const known: Phrases<ColumnKind> = phrases<ColumnKind>(columnLabels);
const vocabulary = new Set(Object.values(columnLabels).flatMap((list) => list.flatMap(tokenKeys)));

/** How far apart the lines of one heading stand at most, in heights of its type. */
const headingGap = 1.35;

/** The heading of a table of lines that stands at `index`, or `undefined` where there is none. */
export function tableHeader(rows: readonly Row[], index: number): TableHeader | undefined {
  const row = rows[index];
  if (row === undefined || row.segments.length < 2) return undefined;
  const own = headingsIn(row);
  if (new Set(own.map(({ kind }) => kind)).size < 2 || hasAmounts(row)) return undefined;
  const { headings, first, last } = withNeighbours(rows, index, [...own, ...unknownHeadings(row)]);
  const columns = settle(headings);
  return isTableOfLines(columns) && isMostlyHeadings(row, own) ? { columns, first, last } : undefined;
}

/** What lines need: something that says what was sold, and something that says how much. */
function isTableOfLines(columns: readonly Column[]): boolean {
  const has = (...kinds: ColumnKind[]): boolean => columns.some(({ kind }) => kinds.includes(kind));
  return (
    has('description', 'code', 'position') && has('amount', 'unitPrice', 'quantity') && columns.length >= 2
  );
}

function isMostlyHeadings(row: Row, headings: readonly Heading[]): boolean {
  const tokens = row.segments.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return headings.reduce((sum, { keys }) => sum + keys.length, 0) * 2 >= tokens;
}

function hasAmounts(row: Row): boolean {
  return row.segments.some(({ text }) => /\d[.,]\d{2}(?!\d)/.test(text));
}

function headingsIn(row: Row): Heading[] {
  return row.segments.flatMap((segment) => {
    if (isCurrency(segment.text)) {
      const { x0, x1 } = segment;
      return [{ keys: ['amount'], y: row.y, x0, x1, kind: 'amount' as const }];
    }
    return matchAll(segment.tokens, known).map((match) => {
      const tokens = segment.tokens.slice(match.start, match.start + match.length);
      const words = segment.words.slice(tokens[0]?.word, (tokens.at(-1)?.word ?? 0) + 1);
      return {
        keys: tokens.map(({ key }) => key),
        y: row.y,
        x0: words[0]?.x0 ?? segment.x0,
        x1: words.at(-1)?.x1 ?? segment.x1,
        kind: match.kind,
      };
    });
  });
}

const currency = new RegExp(`^\\(?(?:\\p{Sc}|${currencyWords})\\)?$`, 'iu');
/** A column of amounts may be headed by their currency alone. */
const isCurrency = (text: string): boolean => currency.test(text);

/** Headings that mean nothing to us keep their place: the numbers under them are no others' numbers. */
function unknownHeadings(row: Row): Heading[] {
  return row.segments
    .filter(
      ({ tokens, text }) => tokens.length > 0 && matchAll(tokens, known).length === 0 && !isCurrency(text),
    )
    .map(({ tokens, x0, x1 }) => ({ keys: tokens.map(({ key }) => key), y: row.y, x0, x1, kind: 'other' }));
}

/** Headings of several lines ("Unit" over "price"): words of the vocabulary close above and below join them. */
function withNeighbours(
  rows: readonly Row[],
  index: number,
  own: readonly Heading[],
): { headings: Heading[]; first: number; last: number } {
  const headings = own.map((heading) => ({ ...heading }));
  const first = joinFrom(rows, index, -1, headings);
  const last = joinFrom(rows, index, 1, headings);
  return { headings, first, last };
}

function joinFrom(rows: readonly Row[], index: number, step: 1 | -1, headings: Heading[]): number {
  let edge = index;
  for (let i = index + step; ; i += step) {
    const row = rows[i];
    const near = rows[i - step];
    if (row === undefined || near === undefined || row.page !== near.page) return edge;
    if (Math.abs(row.y - near.y) > near.height * headingGap) return edge;
    if (row.segments.some(({ text }) => /\d/.test(text))) return edge;
    const joining = row.segments.filter(isVocabulary);
    if (joining.length > 0) edge = i;
    for (const segment of joining) join(headings, segment, row.y);
  }
}

const isVocabulary = (segment: Segment): boolean =>
  segment.tokens.length > 0 && segment.tokens.every(({ key }) => vocabulary.has(key));

function join(headings: Heading[], segment: Segment, y: number): void {
  const keys = segment.tokens.map(({ key }) => key);
  const over = headings.find((heading) => overlap(heading, segment) > 0);
  if (over === undefined) {
    headings.push({ keys, y, x0: segment.x0, x1: segment.x1, kind: kindOf(keys) });
    return;
  }
  over.keys = y < over.y ? [...keys, ...over.keys] : [...over.keys, ...keys];
  over.y = y;
  over.x0 = Math.min(over.x0, segment.x0);
  over.x1 = Math.max(over.x1, segment.x1);
  over.kind = kindOf(over.keys) ?? over.kind;
}

/** By all the words of the heading, or else by the longest phrase in them. */
function kindOf(keys: readonly string[]): ColumnKind | undefined {
  const tokens = keys.map((key) => ({ key, word: 0 }));
  const whole = matchAt(tokens, 0, known);
  if (whole?.length === keys.length) return whole.kind;
  return matchAll(tokens, known).sort((a, b) => b.length - a.length)[0]?.kind;
}

/** Left to right, with the kinds that only their company settles. */
function settle(headings: readonly Heading[]): Column[] {
  const columns = headings
    .flatMap(({ kind, x0, x1, keys }) => (kind === undefined ? [] : [{ kind, x0, x1, keys }]))
    .sort((a, b) => a.x0 - b.x0);
  settleTaxes(columns);
  settlePrices(columns);
  settleAmounts(columns);
  return columns.map(({ kind, x0, x1 }) => ({ kind, x0, x1 }));
}

type Settled = Column & { keys: string[] };
const ofKind = (columns: readonly Settled[], kind: ColumnKind): Settled[] =>
  columns.filter((column) => column.kind === kind);

/** Of two tax columns the one without % is the amount. */
function settleTaxes(columns: readonly Settled[]): void {
  const taxes = ofKind(columns, 'taxRate');
  const plain = taxes.find(({ keys }) => !keys.includes('%'));
  if (taxes.length > 1 && plain !== undefined) plain.kind = 'taxAmount';
}

/** Of two prices, where no column is the amount, the last is; otherwise the one before tax counts, or the first. */
function settlePrices(columns: readonly Settled[]): void {
  const prices = ofKind(columns, 'unitPrice');
  const last = prices.at(-1);
  if (prices.length < 2 || last === undefined) return;
  if (ofKind(columns, 'amount').length === 0) last.kind = 'amount';
  const rest = ofKind(columns, 'unitPrice');
  keepOne(rest, rest.find(isNet) ?? rest[0]);
}

/**
 * Of several amounts the one before tax counts, or the last. The first of them is the quantity where no other column is and it stands
 * left of the price ("Amount | Product | Price | Total").
 */
function settleAmounts(columns: readonly Settled[]): void {
  const [first, ...others] = ofKind(columns, 'amount');
  if (first === undefined || others.length === 0) return;
  const price = ofKind(columns, 'unitPrice')[0];
  const isQuantity = ofKind(columns, 'quantity').length === 0 && price !== undefined && first.x0 < price.x0;
  if (isQuantity) first.kind = 'quantity';
  const rest = ofKind(columns, 'amount');
  keepOne(rest, rest.find(isNet) ?? rest.at(-1));
}

function keepOne(columns: readonly Settled[], kept: Settled | undefined): void {
  for (const column of columns) if (column !== kept) column.kind = 'other';
}

const netWords = new Set([
  'net',
  'netto',
  'ht',
  'htva',
  'excl',
  'ex',
  'exkl',
  'ekskl',
  'neto',
  'liquido',
  'netta',
  'imponibile',
  'nettowert',
  'nettobetrag',
]);
const isNet = ({ keys }: Settled): boolean => keys.some((key) => netWords.has(key));
