import type { Invoice } from '../invoice.ts';
import type { TextPage } from '../text.ts';
import { currencyOf } from './currency.ts';
import { type DateOrder, dateOrderShown } from './dates.ts';
import { headerFields } from './header-fields.ts';
import { layOut, type Row, rowText } from './layout.ts';
import { linesOf } from './lines.ts';
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
  const parties = partiesOf(head);
  const currency = currencyOf(rows, parties.seller?.country);
  const order = dateOrder(head, [parties.seller?.country, parties.buyer?.country], currency, decimal);
  return {
    ...headerFields(head, order, (pages[0]?.height ?? 0) / 2),
    ...(currency !== undefined && { currency }),
    ...parties,
    totals: totalsOf(others, decimal),
    lines: table.lines,
  };
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
