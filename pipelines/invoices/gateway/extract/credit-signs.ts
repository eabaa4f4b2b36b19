import type { FoundLine } from './assemble.ts';
import type { Found, FoundInvoice } from './evidence.ts';

/**
 * A credit note's sums say what is given back, so they are positive. Some issuers print them with a minus as well: that would turn them
 * round twice.
 */
export function asPrinted(invoice: FoundInvoice): FoundInvoice {
  const { type, totals, lines } = invoice;
  const isTurned =
    type?.value === 'credit-note' &&
    [totals.gross, totals.net, lines[0]?.amount].find((sum) => sum !== undefined)?.value.startsWith('-');
  if (isTurned !== true) return invoice;
  const turned = Object.entries<Found>(totals).map(([field, sum]) => [field, negated(sum)]);
  return { ...invoice, totals: Object.fromEntries(turned), lines: lines.map(turnedLine) };
}

function turnedLine(line: FoundLine): FoundLine {
  const { quantity, unitPrice, amount } = line;
  return {
    ...line,
    ...(quantity !== undefined && { quantity: unsigned(quantity) }),
    ...(unitPrice !== undefined && { unitPrice: unsigned(unitPrice) }),
    ...(amount !== undefined && { amount: negated(amount) }),
  };
}

const unsigned = (found: Found): Found => ({ ...found, value: found.value.replace(/^-/, '') });

const negated = (found: Found): Found =>
  found.value.startsWith('-')
    ? unsigned(found)
    : { ...found, value: /[1-9]/.test(found.value) ? `-${found.value}` : found.value };
