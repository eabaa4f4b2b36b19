import type { Invoice, InvoiceLine } from '../invoice.ts';

/**
 * A credit note's sums say what is given back, so they are positive. Some issuers print them with a minus as well: that would turn them
 * round twice.
 */
export function asPrinted(invoice: Invoice): Invoice {
  const { type, totals, lines } = invoice;
  const isTurned =
    type === 'credit-note' &&
    [totals.gross, totals.net, lines[0]?.amount].find((sum) => sum !== undefined)?.startsWith('-');
  if (isTurned !== true) return invoice;
  const turned = Object.entries(totals).map(([field, sum]) => [field, negated(sum)]);
  return { ...invoice, totals: Object.fromEntries(turned), lines: lines.map(turnedLine) };
}

function turnedLine(line: InvoiceLine): InvoiceLine {
  const { quantity, unitPrice, amount } = line;
  return {
    ...line,
    ...(quantity !== undefined && { quantity: quantity.replace(/^-/, '') }),
    ...(unitPrice !== undefined && { unitPrice: unitPrice.replace(/^-/, '') }),
    ...(amount !== undefined && { amount: negated(amount) }),
  };
}

const negated = (value: string): string =>
  value.startsWith('-') ? value.slice(1) : /[1-9]/.test(value) ? `-${value}` : value;
