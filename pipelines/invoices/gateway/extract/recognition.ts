import type { Invoice } from '../invoice.ts';
import { titleLabels } from './labels.ts';
import type { Row } from './layout.ts';
import { matchAll, phrases } from './phrases.ts';

const knownTitles = phrases({
  money: [
    ...titleLabels.invoice,
    ...titleLabels.credit,
    ...titleLabels.correction,
    ...titleLabels.selfBilling,
  ],
});

/** From this many points on a document is taken for an invoice. */
export const leastPoints = 4;

/** And from this many on also when its title is that of another document, such as an order confirmation that is one with its invoice. */
export const plainly = 9;

/**
 * What speaks for a document's being an invoice, with its points.
 *
 * @param parties whether two addresses were found, also where it is doubtful whose they are
 */
export function pointsFor(
  invoice: Invoice,
  title: string | undefined,
  parties: boolean,
): { points: number; lacking: string[] } {
  const { number, date, totals, lines, seller } = invoice;
  const facts: [lacking: string, points: number, holds: boolean][] = [
    ['a title', 2, title !== undefined && title !== 'other'],
    ['a number', 2, number !== undefined],
    ['a date', 1, date !== undefined],
    ['a total', 1, (totals.gross ?? totals.net) !== undefined],
    ['net and tax', 1, totals.net !== undefined && totals.tax !== undefined],
    ['lines', 1, lines.length > 0],
    ['tax or bank numbers of the seller', 1, (seller?.vatId ?? seller?.iban) !== undefined],
    ['two parties', 1, parties],
  ];
  const points = facts.reduce((sum, [, worth, holds]) => sum + (holds ? worth : 0), 0);
  return { points, lacking: facts.filter(([, , holds]) => !holds).map(([lacking]) => lacking) };
}

/** Whether the first page names an invoice, a receipt or a credit note anywhere, also as a part of a word. */
export const namesInvoice = (rows: readonly Row[]): boolean =>
  rows.some(
    ({ page, segments }) =>
      page === 0 &&
      segments.some(
        ({ tokens }) => matchAll(tokens, knownTitles).length > 0 || tokens.some(({ key }) => stems.test(key)),
      ),
  );

const stems =
  /invoice|(?<!ab|be|um|an|ver|auf|vor|zu|hoch|nach|ein)rechnung|factu|fattur|fatur|faktu|gutschrift|kreditnot|creditnot/;
