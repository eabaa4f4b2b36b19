import { currencyWords } from './currencies.ts';
import { totalLabels } from './labels.ts';
import { type Row, type Segment, toSegment } from './layout.ts';
import { matchAll, matchAt, phrases, type Token } from './phrases.ts';

export type TotalKind = keyof typeof totalLabels;

export interface TotalLabel {
  kind: TotalKind;
  /** Lower is stronger. */
  rank: number;
  /** The words of the segment that the label takes. */
  firstWord: number;
  lastWord: number;
}

const known = phrases<TotalKind>(totalLabels);
const currency = new RegExp(`^(?:${currencyWords})$`, 'iu');

/** The tokens of a label: a currency may stand in the middle of it ("Total EUR incl. VAT"). */
const labelTokens = ({ tokens }: Segment): Token[] => tokens.filter(({ key }) => !currency.test(key));

/** The label of a sum that a segment begins with, such as "Total incl. VAT". */
export function totalLabel(segment: Segment): TotalLabel | undefined {
  const tokens = labelTokens(segment);
  const match = matchAt(tokens, 0, known);
  if (match === undefined) return undefined;
  const label = located(match, tokens);
  return isOfSomethingElse(match, tokens) ? { ...label, kind: 'other' } : label;
}

/** A label at the end of a segment that begins with other words, such as "Invoice 12 total". */
export function endingLabel(segment: Segment): TotalLabel | undefined {
  const tokens = labelTokens(segment);
  const last = matchAll(tokens, known).at(-1);
  if (last === undefined || tokens.length > 6 || last.kind === 'other') return undefined;
  return last.start + last.length === tokens.length ? located(last, tokens) : undefined;
}

/** Every label of a row without amounts: the headings of a table of sums. */
export function headingLabels(row: Row): (TotalLabel & { x0: number; x1: number })[] {
  return row.segments.flatMap((segment) => {
    const tokens = labelTokens(segment);
    return matchAll(tokens, known).map((match) => {
      const label = located(match, tokens);
      const { x0, x1 } = toSegment(segment.words.slice(label.firstWord, label.lastWord + 1));
      return { ...label, x0, x1 };
    });
  });
}

interface Match {
  kind: TotalKind;
  rank: number;
  start: number;
  length: number;
}

const located = ({ kind, rank, start, length }: Match, tokens: readonly Token[]): TotalLabel => ({
  kind,
  rank,
  firstWord: tokens[start]?.word ?? 0,
  lastWord: tokens[start + length - 1]?.word ?? 0,
});

/** "Total" alone is the total; "Total hours", "Total of surcharges" is some other one. */
function isOfSomethingElse({ kind, length }: Match, tokens: readonly Token[]): boolean {
  if (kind !== 'gross' || length > 1) return false;
  return tokens.slice(length).some(({ key }) => /^\p{L}{3,}$/u.test(key) && !benign.has(key));
}

/** Words that may follow "total" and change nothing. */
const benign = new Set(
  'incl including inkl inklusive inclusief inc vat mwst btw tva iva moms ust due the for invoice rechnung facture factuur faktura factura fattura fatura eur euro euros usd gbp amount inkludert med med. taxes tax included compris comprises incluido inclusa incluida'.split(
    ' ',
  ),
);
