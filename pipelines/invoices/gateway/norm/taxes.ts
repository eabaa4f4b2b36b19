import { fromUnits, toUnits } from '../extract/numbers.ts';
import type { Invoice, InvoiceLine, TaxGroup } from '../invoice.ts';
import { exemptionIn } from './exemption.ts';
import { ratesOfLines } from './line-rates.ts';
import { taxBreakdown } from './tax-breakdown.ts';
import { taxTable } from './tax-table.ts';

/** What follows from the lines, or what a table of the page says; a rate of 0 % with its reason. */
export function taxesOf({ lines, totals }: Invoice, rows: readonly string[]): TaxGroup[] | undefined {
  const isUntaxed = totals.tax !== undefined && Number(totals.tax) === 0 && totals.net === totals.gross;
  const exemption = isUntaxed && lines.every(isUntaxedLine) ? exemptionIn(rows) : undefined;
  if (exemption !== undefined && totals.net !== undefined)
    return [{ rate: '0', base: fromUnits(toUnits(totals.net)), amount: '0.00', ...exemption }];
  // One usual rate can fit the sums by chance where a table says that there are two.
  const isClear = lines.length > 0 && lines.every(({ taxRate }) => taxRate !== undefined);
  return (
    (isClear ? undefined : taxTable(rows, totals)) ?? taxBreakdown(lines, totals) ?? taxTable(rows, totals)
  );
}

const isUntaxedLine = ({ taxRate }: InvoiceLine): boolean => Number(taxRate ?? 0) === 0;

/** The rate and the category of each line, where they are clear. */
export function withTaxes(lines: readonly InvoiceLine[], taxes: readonly TaxGroup[]): InvoiceLine[] {
  const rates = taxes.length > 1 ? ratesOfLines(lines, taxes) : undefined;
  const [only] = taxes.length === 1 ? taxes : [];
  return lines.map((line, index) => {
    const taxRate = line.taxRate ?? rates?.[index] ?? only?.rate;
    const category = Number(taxRate) > 0 ? 'S' : only?.reason && only.category;
    return { ...line, ...(taxRate !== undefined && { taxRate }), ...(category && { taxCategory: category }) };
  });
}
