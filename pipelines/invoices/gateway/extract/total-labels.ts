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

/** The tokens of a label: a currency may stand in the middle of it ("Total EUR incl. VAT"), a rate before it ("21 % VAT"). */
function labelTokens({ tokens }: Segment): Token[] {
  const words = tokens.filter(({ key }) => !currency.test(key));
  const first = words.findIndex(({ key }) => !/^[\d%]+$/.test(key));
  const isRate = first > 0 && words[first - 1]?.key === '%';
  return isRate ? words.slice(first) : words;
}

/** The label of a sum that a segment begins with, such as "Total incl. VAT". */
export function totalLabel(segment: Segment): TotalLabel | undefined {
  const tokens = labelTokens(segment);
  const match = withOrWithoutTax(tokens) ?? matchAt(tokens, 0, known);
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

const without = new Set(
  'excl excluding exclusive exkl exklusive exclusief ex ohne hors sin senza esclusa escl bez sem ekskl eksklusive without uden'.split(
    ' ',
  ),
);
const including = new Set(
  'incl including inclusive inkl inklusive inclusief mit avec con inclusa com with med comprise'.split(' '),
);
const taxWords = new Set(
  'vat tax taxes gst mwst ust mehrwertsteuer umsatzsteuer btw tva taxe iva impuestos imposte vatu moms'.split(
    ' ',
  ),
);
const mostWordsBefore = 3;

/** "Excl. VAT", "Summa exkl. moms": with a word for tax they say which sum it is, whatever word for a sum stands before. */
function withOrWithoutTax(tokens: readonly Token[]): Match | undefined {
  const at = tokens.findIndex(
    ({ key }, i) => (without.has(key) || including.has(key)) && taxWords.has(tokens[i + 1]?.key ?? ''),
  );
  const before = tokens.slice(0, at);
  if (at < 0 || at > mostWordsBefore || (at > 0 && matchAll(before, known).length === 0)) return undefined;
  const kind = without.has(tokens[at]?.key ?? '') ? 'net' : 'gross';
  const first = matchAll(before, known)[0]?.kind;
  if (first === 'other' || first === 'tax' || first === 'payable') return undefined;
  return { kind, rank: rankWithTax, start: 0, length: at + 2 };
}

const rankWithTax = 2;

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
