import type { Invoice } from '../invoice.ts';
import type { Reading } from '../reading.ts';
import type { TextPage } from '../text.ts';
import { asPrinted } from './credit-signs.ts';
import { currencyOf } from './currency.ts';
import { type DateOrder, dateOrderShown } from './dates.ts';
import { decided } from './decide.ts';
import { documentDates } from './document-dates.ts';
import { documentNumber, orderNumber } from './document-number.ts';
import { type Title, titleOf, typeOf } from './document-type.ts';
import { type FoundInvoice, present } from './evidence.ts';
import { layOut, type Row, rowText } from './layout.ts';
import { weighedLines } from './line-evidence.ts';
import { linesOf } from './lines.ts';
import { sumOfFound, trueLines } from './lines-sum.ts';
import { type DecimalSign, usualDecimalSign } from './numbers.ts';
import { partiesOf } from './parties.ts';
import { plainLines } from './plain-lines.ts';
import { leastPoints, namesInvoice, plainly, pointsFor } from './recognition.ts';
import { asShown } from './shown-places.ts';
import { totalCandidates } from './total-candidates.ts';
import { totalsOf } from './totals.ts';

/** Number, dates and parties are looked for on this many pages from the front and from the back. */
const headPages = { front: 3, back: 2 } as const;

/** What was read, and why it is taken for no invoice, in words for whoever sent it, where it is none. */
export interface ReadPages {
  invoice: Invoice;
  reading: Reading;
  notAnInvoice?: string;
}

export const extractInvoice = (pages: readonly TextPage[]): Invoice => readPages(pages).invoice;

/**
 * Reads the fields of an invoice out of its text by rules that know labels, shapes and places, and no issuer. What the
 * text does not show, or not clearly, is absent.
 */
export function readPages(pages: readonly TextPage[]): ReadPages {
  const rows = layOut(pages);
  const { found, title } = foundIn(rows, pages);
  const { invoice, reading } = decided(asPrinted(found));
  const hasParties = found.seller?.name !== undefined && found.buyer?.name !== undefined;
  const isBare = title === undefined && found.lines.length === 0 && Object.keys(found.totals).length === 0;
  const why =
    reasonAgainst(pointsFor(invoice, title?.kind, hasParties), title, rows) ??
    (isBare ? 'it has neither a title nor sums nor lines' : undefined);
  return {
    invoice,
    reading: asShown(reading, pages),
    ...(why !== undefined && { notAnInvoice: why }),
  };
}

function foundIn(
  rows: readonly Row[],
  pages: readonly TextPage[],
): { found: FoundInvoice; title: Title | undefined } {
  const decimal = usualDecimalSign(rows.map(rowText));
  const table = linesOf(rows, decimal);
  const others = rows.filter((row) => !table.rows.has(row));
  const head = others.filter(({ page }) => page < headPages.front || page >= pages.length - headPages.back);
  const parties = partiesOf(head);
  const currency = currencyOf(rows, parties.seller?.country?.value);
  const countries = [parties.seller?.country?.value, parties.buyer?.country?.value];
  const order = dateOrder(head, countries, currency?.value, decimal);
  const { title, ...named } = identified(head, order, (pages[0]?.height ?? 0) / 2);
  const sums = totalCandidates(others, decimal);
  const values = sums.map(({ value }) => value);
  const listed = table.lines.length > 0 ? trueLines(table.lines, values) : plainLines(others, sums, decimal);
  const lines = weighedLines(listed, values);
  const totals = totalsOf(sums, others, decimal, sumOfFound(lines));
  const type = typeOf(title, totals.gross?.value, rows[0]);
  return { found: { ...present({ type, ...named, currency }), ...parties, totals, lines }, title };
}

/** What identifies the document: its title, numbers and dates. `depth`: how far down the first page a title may stand. */
function identified(head: readonly Row[], order: DateOrder | undefined, depth: number) {
  const title = titleOf(head, depth);
  const isCredit = title?.kind === 'credit' || title?.kind === 'correction';
  const number = documentNumber(head, isCredit, title?.row);
  const numberRow = number?.labelRow ?? number?.row ?? title?.row;
  const { date, dueDate } = documentDates(head, order, numberRow, depth);
  return { title, number, date, dueDate, orderNumber: orderNumber(head) };
}

function reasonAgainst(
  { points, lacking }: ReturnType<typeof pointsFor>,
  title: Title | undefined,
  rows: readonly Row[],
): string | undefined {
  if (title?.kind === 'other' && points < plainly) return `its title is "${title.text}"`;
  if (!namesInvoice(rows)) return 'no word on its first page names an invoice, a receipt or a credit note';
  return points >= leastPoints
    ? undefined
    : `it lacks ${lacking.join(', ')} (${points} points of at least ${leastPoints})`;
}

/**
 * Whether 03/04 is in March or in April: as the document's other dates show; else as in the parties' country, or as the
 * currency and the decimal comma tell. `undefined` when nothing does.
 */
function dateOrder(
  rows: readonly Row[],
  countries: readonly (string | undefined)[],
  currency: string | undefined,
  decimal: DecimalSign | undefined,
): DateOrder | undefined {
  const shown = dateOrderShown(rows.map(rowText));
  if (shown !== undefined) return shown;
  const country = countries.find((code) => code !== undefined);
  if (country !== undefined) return country === 'US' ? 'month-first' : 'day-first';
  if (decimal === ',') return 'day-first';
  if (currency === undefined) return undefined;
  return currency === 'USD' ? 'month-first' : 'day-first';
}
