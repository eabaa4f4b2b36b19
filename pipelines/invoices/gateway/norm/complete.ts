import { vatCountry } from '../extract/identifiers.ts';
import { sumOfLines } from '../extract/lines-sum.ts';
import { fromUnits, toUnits } from '../extract/numbers.ts';
import { unitCode } from '../extract/units.ts';
import type { Invoice, InvoiceLine, Party } from '../invoice.ts';
import { chargeTotals, documentCharges } from './charges.ts';
import { taxesOf, withTaxes } from './taxes.ts';

/**
 * An invoice with the terms that EN 16931 asks for beside those that are printed, where what is printed tells them: the breakdown of the
 * tax, codes of units, the parts of an address. Nothing is added that does not follow; `missingTerms` says what then lacks.
 *
 * @param rows the text of the page, row by row, where there is one
 */
export function completed(invoice: Invoice, rows: readonly string[] = []): Invoice {
  const { net, tax, gross } = invoice.totals;
  const taxes = taxesOf(invoice, rows);
  const lines = withTaxes(invoice.lines, taxes ?? []).map(withCodes);
  const lineTotal = sumOfLines(lines);
  const charges =
    net &&
    lineTotal &&
    documentCharges(rows, { gap: toUnits(net) - toUnits(lineTotal), lines, taxes: taxes ?? [] });
  const seller = invoice.seller && withAddress(invoice.seller);
  const buyer = invoice.buyer && withAddress(invoice.buyer, seller?.country);
  return {
    ...invoice,
    ...(seller && { seller }),
    ...(buyer && { buyer }),
    totals: {
      ...cents({ net, tax, gross, payable: gross }),
      ...(lineTotal !== undefined && { lineTotal }),
      ...(charges && chargeTotals(charges)),
    },
    ...(taxes && { taxes }),
    ...(charges && charges.length > 0 && { charges }),
    lines,
  };
}

/** Sums with two decimals, which the norm allows at most. */
function cents(sums: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sums).flatMap(([field, sum]) =>
      sum === undefined ? [] : [[field, fromUnits(toUnits(sum))]],
    ),
  );
}

const postal =
  /^(?:[A-Z]{1,2}[- ]\s?)?(\d{4,5}(?:\s?[A-Z]{2})?|\d{4}-\d{3}|\d{2}-\d{3}|\d{3}\s\d{2})\s+(\p{Lu}.*)$/u;

/** An address without a country is one in the sender's. */
function withAddress(party: Party, senderCountry?: string): Party {
  const lines = party.address ?? [];
  const at = lines.findLastIndex((line) => postal.test(line));
  const [, zone, city] = postal.exec(lines[at] ?? '') ?? [];
  const [street, addition, ...others] = lines.filter(
    (line, index) => index !== at && !isCountry(line, index, lines),
  );
  const country = party.country ?? (at >= 0 ? senderCountry : undefined);
  const vatId = normVatId(party.vatId, country);
  const { vatId: _printed, ...rest } = party;
  return {
    ...rest,
    ...(country !== undefined && { country }),
    ...(vatId !== undefined && { vatId }),
    ...(street !== undefined && { street }),
    ...(addition !== undefined && { addition }),
    ...(others.length > 0 && { further: others.join(', ') }),
    ...(zone !== undefined && city !== undefined && { zone, city }),
  };
}

/** The last line of an address is its country when it has no digit and follows the town. */
const isCountry = (line: string, index: number, lines: readonly string[]): boolean =>
  index > 0 && index === lines.length - 1 && !/\d/.test(line) && postal.test(lines[index - 1] ?? '');

/** With the prefix of its country, as the norm wants it. */
function normVatId(printed: string | undefined, country: string | undefined): string | undefined {
  if (printed === undefined || vatCountry(printed) !== undefined) return printed;
  const prefixed = `${country === 'GR' ? 'EL' : (country ?? '')}${printed}`;
  return vatCountry(prefixed) === undefined ? undefined : prefixed;
}

function withCodes(line: InvoiceLine): InvoiceLine {
  const [name, ...more] = line.description?.split('\n') ?? [];
  const price = line.unitPrice ?? priceOf(line);
  return {
    ...line,
    ...(name !== undefined && { name }),
    ...(more.length > 0 && { note: more.join(' ') }),
    ...(price !== undefined && { unitPrice: price }),
    ...(line.amount !== undefined && { amount: fromUnits(toUnits(line.amount)) }),
    unitCode: unitCode(line.unit),
  };
}

/** The price follows from quantity and amount where it has no more than four decimals. */
function priceOf({ quantity, amount }: InvoiceLine): string | undefined {
  if (quantity === undefined || amount === undefined || Number(quantity) === 0) return undefined;
  const [units, many] = [toUnits(amount) * 10_000n, toUnits(quantity)];
  return many !== 0n && units % many === 0n ? fromUnits(units / many) : undefined;
}
