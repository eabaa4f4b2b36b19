import type { Invoice } from '../invoice.ts';
import type { TextPage } from '../text.ts';
import { asPrinted } from './credit-signs.ts';
import { currencyOf } from './currency.ts';
import { type DateOrder, dateOrderShown } from './dates.ts';
import { documentDates } from './document-dates.ts';
import { documentNumber, orderNumber } from './document-number.ts';
import { titleOf, typeOf } from './document-type.ts';
import type { Found } from './evidence.ts';
import { layOut, type Row, rowText } from './layout.ts';
import { linesOf } from './lines.ts';
import { sumOfLines } from './lines-sum.ts';
import { type DecimalSign, usualDecimalSign } from './numbers.ts';
import { partiesOf } from './parties.ts';
import { totalsOf } from './totals.ts';

/** Number, dates and parties are looked for on this many pages from the front and from the back. */
const headPages = { front: 3, back: 2 } as const;

/**
 * Reads the fields of an invoice out of its text by rules that know labels, shapes and places, and no issuer. What the
 * text does not show is absent.
 */
export function extractInvoice(pages: readonly TextPage[]): Invoice {
  const rows = layOut(pages);
  const decimal = usualDecimalSign(rows.map(rowText));
  const table = linesOf(rows, decimal);
  const others = rows.filter((row) => !table.rows.has(row));
  const head = others.filter(({ page }) => page < headPages.front || page >= pages.length - headPages.back);
  const depth = (pages[0]?.height ?? 0) / 2;
  const parties = partiesOf(head);
  const currency = currencyOf(rows, parties.seller?.country);
  const order = dateOrder(head, [parties.seller?.country, parties.buyer?.country], currency, decimal);
  const title = titleOf(head, depth);
  const number = documentNumber(head, title === 'credit' || title === 'correction');
  const { date, dueDate } = documentDates(head, order, number?.row, depth);
  const totals = totalsOf(others, decimal, sumOfLines(table.lines));
  const type = typeOf(title, totals.gross?.value);
  return asPrinted({
    type,
    ...values({ number, date, dueDate, orderNumber: orderNumber(head) }),
    ...(currency !== undefined && { currency }),
    ...parties,
    totals: values(totals),
    lines: table.lines,
  });
}

function values<Field extends string>(
  found: { [F in Field]?: Found | undefined },
): { [F in Field]?: string } {
  const entries = Object.entries<Found | undefined>(found).flatMap(([field, one]) =>
    one === undefined ? [] : [[field, one.value]],
  );
  return Object.fromEntries(entries) as { [F in Field]?: string };
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
