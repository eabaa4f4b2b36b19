import { type Amount, amountsIn } from './amounts.ts';
import type { Row, Segment } from './layout.ts';
import { toSegment } from './layout.ts';
import { below } from './locate.ts';
import { type DecimalSign, findNumbers, fromUnits, toUnits } from './numbers.ts';
import { endingLabel, headingLabels, type TotalKind, type TotalLabel, totalLabel } from './total-labels.ts';

/** An amount that may be a sum of the document, and why. */
export interface TotalCandidate extends Amount {
  kind: TotalKind;
  /** Lower is stronger. */
  rank: number;
  reason: string;
}

/** Strengths of candidates that no label of their own names. */
const ofTable = 150;
const ofLastRow = 50;

/** Every amount beside, below or under the heading of a label of sums; of the whole document. */
export function totalCandidates(rows: readonly Row[], decimal: DecimalSign | undefined): TotalCandidate[] {
  return rows.flatMap((_, index) => {
    const table = tableOfSums(rows, index, decimal);
    return table.length > 0 ? table : labelled(rows, index, decimal);
  });
}

function labelled(rows: readonly Row[], index: number, decimal?: DecimalSign): TotalCandidate[] {
  const row = rows[index];
  if (row === undefined) return [];
  const labels = row.segments.flatMap((segment, at) => {
    const label = totalLabel(segment) ?? endingLabel(segment);
    return label === undefined ? [] : [{ label, at, segment }];
  });
  return labels.flatMap(({ label, at, segment }, i) => {
    const right = row.segments.slice(at + 1, labels[i + 1]?.at ?? row.segments.length);
    const amounts = amountsIn(row, [partAfter(segment, label), ...right], decimal);
    const amount =
      amounts.at(-1) ??
      amountBeside(rows, index, segment, decimal) ??
      amountBelow(rows, index, segment, decimal);
    if (amount === undefined) return [];
    const { kind, rank } = label;
    const found = { kind, rank, ...amount, reason: `label "${labelText(segment, label)}"` };
    return kind === 'gross' ? [found, ...netAndTax(amounts)] : [found];
  });
}

/** The last row of a table may sum several columns: net, tax and gross, known by adding up. */
function netAndTax(amounts: readonly Amount[]): TotalCandidate[] {
  const [net, tax, gross] = amounts.slice(-3);
  if (net === undefined || tax === undefined || gross === undefined) return [];
  if (toUnits(net.value) + toUnits(tax.value) !== toUnits(gross.value)) return [];
  const found = { rank: ofLastRow, reason: 'row of sums' };
  return [
    { ...found, kind: 'net', ...net },
    { ...found, kind: 'tax', ...tax },
  ];
}

const labelText = (segment: Segment, { firstWord, lastWord }: TotalLabel): string =>
  toSegment(segment.words.slice(firstWord, lastWord + 1)).text;

/** What stands right of the label in its own segment. The last amount is the label's own: a tax line prints rate and base before it. */
const partAfter = (segment: Segment, { lastWord }: TotalLabel): Segment =>
  toSegment(segment.words.slice(lastWord + 1));

/** The amount may stand up to half a line higher or lower than its label. */
function amountBeside(
  rows: readonly Row[],
  index: number,
  label: Segment,
  decimal?: DecimalSign,
): Amount | undefined {
  const row = rows[index];
  const near = [rows[index - 1], rows[index + 1]].filter(
    (other) =>
      other !== undefined && other.page === row?.page && Math.abs(other.y - row.y) <= row.height * 0.75,
  );
  const amounts = near.flatMap((other) =>
    other === undefined || other.segments.some((segment) => totalLabel(segment) !== undefined)
      ? []
      : amountsIn(
          other,
          other.segments.filter(({ x0 }) => x0 >= label.x1),
          decimal,
        ),
  );
  return amounts.length === 1 ? amounts[0] : undefined;
}

/** Where labels stand in a row of their own, the amount is directly below. */
function amountBelow(
  rows: readonly Row[],
  index: number,
  label: Segment,
  decimal?: DecimalSign,
): Amount | undefined {
  const [under] = below(rows, index, label);
  if (under === undefined || /\p{L}{4}/u.test(under.segment.text)) return undefined;
  const numbers = findNumbers(under.segment.text, decimal);
  const [only] = amountsIn(under.row, [under.segment], decimal);
  return numbers.length === 1 ? only : undefined;
}

interface TableRow {
  row: Row;
  values: (Amount | undefined)[];
}

/**
 * The sums of a table that has a row for each tax rate: those of its last row where that sums the others up; of its only row; else the
 * sums of its columns.
 */
function tableOfSums(rows: readonly Row[], index: number, decimal?: DecimalSign): TotalCandidate[] {
  const heading = rows[index];
  if (heading === undefined || amountsIn(heading, heading.segments, '.').length > 0) return [];
  const labels = headingLabels(heading);
  const kinds = new Set(labels.map(({ kind }) => kind).filter((kind) => kind !== 'other'));
  if (kinds.size < 2) return [];
  const found = tableRows(rows, index, labels, decimal);
  const last = found.at(-1);
  if (last === undefined) return [];
  const rest = found.slice(0, -1);
  const sums = labels.map((_, column) => sumOf(rest, column));
  const isSum =
    rest.length > 0 &&
    labels.some((_, column) => last.values[column] !== undefined) &&
    labels.every((_, column) => agrees(last.values[column], sums[column]));
  const values = rest.length === 0 || isSum ? last.values : labels.map((_, column) => sumOf(found, column));
  const reason = isSum
    ? 'sum row of a table'
    : rest.length === 0
      ? 'table of sums'
      : 'rows of a table, added up';
  return labels.flatMap(({ kind, rank }, column) => {
    const amount = values[column];
    return amount === undefined ? [] : [{ kind, rank: rank + ofTable, ...amount, reason }];
  });
}

const agrees = (amount: Amount | undefined, sum: Amount | undefined): boolean =>
  amount === undefined || sum === undefined || toUnits(amount.value) === toUnits(sum.value);

/** What a column comes to; it stands where its last amount does. */
function sumOf(rows: readonly TableRow[], column: number): Amount | undefined {
  const amounts = rows.flatMap((row) => row.values[column] ?? []);
  const last = amounts.at(-1);
  const units = amounts.reduce((sum, { value }) => sum + toUnits(value), 0n);
  return last && { ...last, value: fromUnits(units) };
}

/** At most this many rates are on one invoice; further apart than this, in heights of its type, a row is no row of the table. */
const mostRows = 10;
const widestGap = 3.5;

function tableRows(
  rows: readonly Row[],
  index: number,
  labels: readonly { x0: number; x1: number }[],
  decimal?: DecimalSign,
): TableRow[] {
  const found: TableRow[] = [];
  for (let i = index + 1; i < rows.length && found.length < mostRows; i += 1) {
    const [row, before] = [rows[i], rows[i - 1]];
    if (row === undefined || before === undefined || row.page !== before.page) break;
    if (row.y - before.y > before.height * widestGap) break;
    const values = valuesUnder(row, labels, decimal);
    const isOther =
      row.segments.some((segment) => totalLabel(segment)?.kind !== undefined) && found.length > 0;
    if (isOther && values.filter((value) => value !== undefined).length < 2) break;
    if (values.some((value) => value !== undefined)) found.push({ row, values });
    else if (found.length > 0) break;
  }
  return found;
}

/** The number that stands under each heading. */
function valuesUnder(
  row: Row,
  labels: readonly { x0: number; x1: number }[],
  decimal?: DecimalSign,
): (Amount | undefined)[] {
  const amounts = amountsIn(row, row.segments, decimal).filter(({ value }) => value.includes('.'));
  const distance = (a: { x0: number; x1: number }, b: { x0: number; x1: number }): number =>
    Math.max(a.x0, b.x0) - Math.min(a.x1, b.x1);
  return labels.map((label, column) =>
    amounts.find(
      ({ at }) =>
        distance(at, label) <= 12 &&
        labels.every((other, i) => i === column || distance(at, label) <= distance(at, other)),
    ),
  );
}
