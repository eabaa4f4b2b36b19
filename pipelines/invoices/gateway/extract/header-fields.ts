import type { Invoice } from '../invoice.ts';
import { type DateOrder, findDates } from './dates.ts';
import { dateLabels, numberLabels, orderLabels, titleLabels } from './labels.ts';
import { type Row, rowText } from './layout.ts';
import { type Candidate, locate } from './locate.ts';
import { matchAt, phrases } from './phrases.ts';

const knownNumbers = phrases(numberLabels);
const knownOrders = phrases(orderLabels);
const knownDates = phrases(dateLabels);
const knownTitles = phrases({ credit: [...titleLabels.credit, ...titleLabels.correction] });

export type HeaderFields = Pick<Invoice, 'type' | 'number' | 'date' | 'dueDate' | 'orderNumber'>;

/**
 * Type, number, dates and order number, from the rows that are not lines of the invoice. `titleDepth` says how far down
 * the first page, in points, a title may stand.
 */
export function headerFields(
  rows: readonly Row[],
  order: DateOrder | undefined,
  titleDepth: number,
): HeaderFields {
  const type = isCreditNote(rows, titleDepth) ? 'credit-note' : 'invoice';
  const number = invoiceNumber(rows, type);
  const orderNumber = best(locate(rows, knownOrders), codeOf)?.value;
  const { date, dueDate } = dates(rows, order, number?.row);
  return {
    type,
    ...(number !== undefined && { number: number.value }),
    ...(date !== undefined && { date }),
    ...(dueDate !== undefined && { dueDate }),
    ...(orderNumber !== undefined && { orderNumber }),
  };
}

/** A title that says so: at the start of a short piece of text high on the first page. */
function isCreditNote(rows: readonly Row[], titleDepth: number): boolean {
  const isTitle = (row: Row): boolean =>
    row.segments.some(
      ({ tokens, words }) => words.length <= 6 && matchAt(tokens, 0, knownTitles) !== undefined,
    );
  return rows.some((row) => row.page === 0 && row.y <= titleDepth && isTitle(row));
}

interface Found {
  value: string;
  row: Row;
}

/** Labels by what they promise; a credit note's own number comes before that of the invoice it corrects. */
function invoiceNumber(rows: readonly Row[], type: Invoice['type']): Found | undefined {
  const found = locate(rows, knownNumbers);
  const strength = type === 'credit-note' ? ['credit', 'title', 'invoice'] : ['invoice', 'credit'];
  for (const kind of [...strength, 'document', 'mark', 'title', 'booking']) {
    const value = best(
      found.filter((candidate) => candidate.kind === kind && isNumberPlace(candidate)),
      codeOf,
    );
    if (value !== undefined) return value;
  }
  return undefined;
}

/** After a mere title or mark only what directly follows can be its number. */
function isNumberPlace({ kind, place }: Candidate<string>): boolean {
  return place === 'same' || (kind !== 'title' && kind !== 'mark');
}

/** The strongest label's value; among equals the first on the page. */
function best<Kind>(
  candidates: readonly Candidate<Kind>[],
  read: (candidate: Candidate<Kind>) => string | undefined,
): Found | undefined {
  let found: (Found & { rank: number }) | undefined;
  for (const candidate of candidates) {
    if (found !== undefined && candidate.rank >= found.rank) continue;
    const value = read(candidate);
    if (value !== undefined) found = { value, row: candidate.row, rank: candidate.rank };
  }
  return found;
}

const isDateLike = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}$/;
const isMoneyLike = /^\d{1,3}(?:[.,]\d{3})*[.,]\d{2}$/;

/**
 * A document's number: one word with a digit in it, a short series before it (`RE 2024-001`), or a text of nothing but
 * groups of digits (`12 3456 7890`). A `#` is no part of it.
 */
function codeOf({ text, place }: Candidate<string>): string | undefined {
  const bare = text.replace(/^(?:(?:no|nr|n°)\b[.:]?|[\s:#№.-])+/iu, '');
  const code = (/^\d{1,12}(?: \d{1,12}){1,5}$/.test(bare) ? bare : firstWords(bare, place)).replace(
    /[.,;:)]+$/,
    '',
  );
  const isCode = /^[\p{L}\p{N}][\p{L}\p{N} /_.\\#-]{0,49}$/u.test(code) && /\d/.test(code);
  return isCode && !isDateLike.test(code) && !isMoneyLike.test(code) ? code : undefined;
}

function firstWords(text: string, place: Candidate<string>['place']): string {
  const [first = '', second = ''] = text.split(/\s+/);
  const isSeries = place === 'same' && /^[A-Z]{1,5}$/.test(first) && /^\d/.test(second);
  return isSeries ? `${first} ${second}` : first;
}

/**
 * The date by its label; else beside the number ("Rechnung Nr. 12 vom 5. März 2024"); else the one date that the first
 * page shows, when it shows one alone.
 */
function dates(
  rows: readonly Row[],
  order: DateOrder | undefined,
  numberRow: Row | undefined,
): { date: string | undefined; dueDate: string | undefined } {
  const located = locate(rows, knownDates);
  const read = ({ text }: { text: string }): string | undefined => findDates(text, order)[0];
  const labelled = (kind: string): string | undefined =>
    best(
      located.filter((candidate) => candidate.kind === kind),
      read,
    )?.value;
  const dueDate = labelled('due');
  const plain = best(
    located.filter((candidate) => candidate.kind === 'plain' && startsSegment(candidate)),
    read,
  )?.value;
  const beside = numberRow && findDates(rowText(numberRow), order)[0];
  const date = labelled('invoice') ?? plain ?? beside ?? onlyDate(rows, order, dueDate);
  return { date, dueDate };
}

function startsSegment({ row, label }: Candidate<string>): boolean {
  return row.segments.some((segment) => segment.x0 === label.x0);
}

function onlyDate(
  rows: readonly Row[],
  order: DateOrder | undefined,
  dueDate: string | undefined,
): string | undefined {
  const shown = new Set(
    rows.filter((row) => row.page === 0).flatMap((row) => findDates(rowText(row), order)),
  );
  if (dueDate !== undefined) shown.delete(dueDate);
  const [only, ...others] = shown;
  return others.length === 0 ? only : undefined;
}
