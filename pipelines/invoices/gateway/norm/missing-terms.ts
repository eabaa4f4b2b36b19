import { toUnits } from '../extract/numbers.ts';
import type { Invoice, InvoiceLine, TaxGroup } from '../invoice.ts';

/** The terms of EN 16931 that a completed invoice lacks, each with its number. Empty: it holds all that the norm asks of it. */
export function missingTerms(invoice: Invoice): string[] {
  const { seller, buyer, totals, lines, taxes } = invoice;
  const isCategory = (...some: string[]): boolean =>
    taxes?.some(({ category }) => some.includes(category)) === true;
  const terms: [term: string, isMissing: boolean][] = [
    ['invoice number (BT-1)', invoice.number === undefined],
    ['issue date (BT-2)', invoice.date === undefined],
    ['currency (BT-5)', invoice.currency === undefined],
    ['seller name (BT-27)', seller?.name === undefined],
    ['seller VAT identifier (BT-31)', seller?.vatId === undefined],
    ['seller country (BT-40)', seller?.country === undefined],
    ['buyer name (BT-44)', buyer?.name === undefined],
    ['buyer country (BT-55)', buyer?.country === undefined],
    ['total without VAT (BT-109)', totals.net === undefined],
    ['total VAT (BT-110)', totals.tax === undefined],
    ['total with VAT (BT-112)', totals.gross === undefined],
    ['invoice lines (BG-25)', lines.length === 0],
    ['VAT breakdown (BG-23)', taxes === undefined],
    ['VAT category of what is taxed at 0 % (BT-118)', taxes?.some(isUnexplained) === true],
    ['buyer VAT identifier (BT-48)', isCategory('AE', 'K') && buyer?.vatId === undefined],
    ['delivery date (BT-72) and country (BT-80) of an intra-community supply', isCategory('K')],
    ['charges or allowances that lead from the lines to the total (BG-20, BG-21)', !linesComeToNet(invoice)],
    ...lines.flatMap(missingInLine),
  ];
  return terms.filter(([, isMissing]) => isMissing).map(([term]) => term);
}

const isUnexplained = ({ rate, reason }: TaxGroup): boolean => Number(rate) === 0 && reason === undefined;

function linesComeToNet({ totals, lines }: Invoice): boolean {
  const { lineTotal, net, charges = '0', allowances = '0' } = totals;
  if (lines.length === 0 || net === undefined) return true;
  return (
    lineTotal !== undefined && toUnits(lineTotal) + toUnits(charges) - toUnits(allowances) === toUnits(net)
  );
}

function missingInLine(line: InvoiceLine, index: number): [term: string, isMissing: boolean][] {
  const of = `of line ${index + 1}`;
  return [
    [`quantity ${of} (BT-129)`, line.quantity === undefined],
    [`net amount ${of} (BT-131)`, line.amount === undefined],
    [`net price ${of} (BT-146)`, line.unitPrice === undefined || line.unitPrice.startsWith('-')],
    [`VAT category ${of} (BT-151)`, line.taxCategory === undefined],
    [`name ${of} (BT-153)`, line.name === undefined],
  ];
}
