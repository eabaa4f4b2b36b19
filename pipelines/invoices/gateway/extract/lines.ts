import { assemble, type Entry, type FoundLine, type Numbers } from './assemble.ts';
import { type Cells, cellsOf, isTextColumn } from './cells.ts';
import { type Column, type ColumnKind, tableHeader } from './columns.ts';
import { inferNumbers } from './infer-numbers.ts';
import type { Row } from './layout.ts';
import { numbersIn } from './line-numbers.ts';
import { type DecimalSign, findNumbers } from './numbers.ts';
import { endsTable } from './sections.ts';
import { totalLabel } from './total-labels.ts';

export interface Table {
  lines: FoundLine[];
  /** The rows that the lines and their headings were read from. */
  rows: Set<Row>;
}

/**
 * The lines of the invoice: the rows under a heading, over as many pages as they go on. A row with an amount, or with
 * quantity and price, is a line; text close to it is the rest of its description. Rows of sums are none. After the
 * grand total only rows that fill every column that the lines before filled are still lines.
 */
export function linesOf(rows: readonly Row[], decimal: DecimalSign | undefined): Table {
  const reader = new TableReader(decimal);
  for (let i = 0; i < rows.length; i += 1) {
    const header = tableHeader(rows, i);
    const row = rows[i];
    if (header !== undefined) {
      reader.open(header.columns, rows.slice(header.first, header.last + 1));
      i = header.last;
    } else if (row !== undefined) reader.read(row);
  }
  return reader.finish();
}

/** How far below its line an amount may stand, in heights of its type. */
const amountReach = 1.5;

class TableReader {
  readonly #decimal: DecimalSign | undefined;
  readonly #entries: Entry[] = [];
  readonly #used = new Set<Row>();
  #columns: Column[] = [];
  readonly #kinds = new Set<ColumnKind>();
  #ended = false;
  #required: (keyof Numbers)[] = [];

  constructor(decimal: DecimalSign | undefined) {
    this.#decimal = decimal;
  }

  open(columns: Column[], rows: readonly Row[]): void {
    if (!this.#continues(columns)) {
      this.#columns = [];
      return;
    }
    this.#columns = columns;
    for (const { kind } of columns) this.#kinds.add(kind);
    this.#ended = false;
    for (const row of rows) this.#used.add(row);
    // Whatever stood above the heading on its page is the page's own head, not the last line's text.
    const [first] = rows;
    while (
      first !== undefined &&
      this.#entries.at(-1)?.role === 'text' &&
      this.#entries.at(-1)?.row.page === first.page
    ) {
      this.#entries.pop();
    }
  }

  /** A second table of other columns is one of taxes, charges or payments. */
  #continues(columns: readonly Column[]): boolean {
    const hasLines = this.#entries.some(({ role }) => role === 'line');
    const needed = (['quantity', 'unitPrice'] as const).filter((kind) => this.#kinds.has(kind));
    return !hasLines || needed.every((kind) => columns.some((column) => column.kind === kind));
  }

  read(row: Row): void {
    if (this.#columns.length === 0) return;
    if (endsTable(row)) {
      this.#columns = [];
      return;
    }
    const cells = cellsOf(row, this.#columns);
    const numbers = numbersIn(cells, row, this.#decimal);
    const isTaken = this.#takesAmount(row, numbers);
    const role = isTaken ? 'text' : this.#role(row, cells, numbers);
    if (role === 'line') this.#required = filled(numbers);
    if (role === 'line' || isTaken) this.#used.add(row);
    this.#entries.push({ role, row, cells, numbers });
  }

  /** An amount half a line or a line below a row that has a quantity or a price and lacks its own belongs to that row. */
  #takesAmount(row: Row, { amount, quantity, unitPrice, taxRate }: Numbers): boolean {
    const last = this.#entries.at(-1);
    const isAlone = amount !== undefined && (quantity ?? unitPrice ?? taxRate) === undefined;
    if (!isAlone || last === undefined || sumLabel(row, {}, this.#decimal) !== undefined) return false;
    const lacksIt =
      last.numbers.amount === undefined && (last.numbers.quantity ?? last.numbers.unitPrice) !== undefined;
    if (!lacksIt || last.role === 'sum' || this.#ended) return false;
    if (last.row.page !== row.page || row.y - last.row.y > row.height * amountReach) return false;
    last.numbers.amount = amount;
    last.role = 'line';
    this.#used.add(last.row);
    this.#required = filled(last.numbers);
    return true;
  }

  #role(row: Row, cells: Cells, numbers: Numbers): Entry['role'] {
    const sum = sumLabel(row, numbers, this.#decimal);
    if (sum !== undefined) {
      if (sum === 'gross') this.#ended = true;
      return 'sum';
    }
    const count = filled(numbers).length;
    const isPriced =
      numbers.amount !== undefined || (numbers.quantity !== undefined && numbers.unitPrice !== undefined);
    const isSpoken = [...cells.keys()].some(isTextColumn) || count >= 2;
    if (!isPriced || !isSpoken) return 'text';
    const isWhole = count >= 3 && this.#required.every((field) => numbers[field] !== undefined);
    return this.#ended && !isWhole ? 'sum' : 'line';
  }

  finish(): Table {
    inferNumbers(this.#entries, this.#decimal);
    const { lines, rows } = assemble(this.#entries);
    return { lines, rows: new Set([...this.#used, ...rows]) };
  }
}

const filled = (numbers: Numbers): (keyof Numbers)[] =>
  (['quantity', 'unitPrice', 'amount'] as const).filter((field) => numbers[field] !== undefined);

/** The label of a row of sums: it holds an amount, and is not a priced line that happens to begin with such a word. */
function sumLabel(row: Row, numbers: Numbers, decimal: DecimalSign | undefined): string | undefined {
  const isLine = numbers.quantity !== undefined && numbers.unitPrice !== undefined;
  for (const [index, segment] of row.segments.entries()) {
    const label = totalLabel(segment);
    if (label === undefined || isRateOfLine(row, index)) continue;
    const isWhole = segment.tokens
      .filter(({ word }) => word > label.lastWord)
      .every(({ key }) => /\d|%/.test(key));
    const hasAmount = row.segments.some(({ text }) =>
      findNumbers(text, decimal).some(({ percent }) => !percent),
    );
    if (hasAmount && ((isWhole && label.kind !== 'other') || !isLine)) return label.kind;
  }
  return undefined;
}

/** "19 % VAT" behind a description is the rate of that line; a sum of taxes begins its row. */
const isRateOfLine = ({ segments }: Row, index: number): boolean =>
  /^\d/.test(segments[index]?.text ?? '') &&
  segments.slice(0, index).some(({ text }) => /\p{L}{3}/u.test(text));
