import type { Totals } from '../invoice.ts';
import { totalLabels } from './labels.ts';
import { type Row, type Segment, toSegment } from './layout.ts';
import { below } from './locate.ts';
import { type DecimalSign, findNumbers, fromUnits, toUnits } from './numbers.ts';
import { matchAll, matchAt, type PhraseMatch, phrases } from './phrases.ts';

export type TotalKind = keyof typeof totalLabels;

const knownTotals = phrases<TotalKind>(totalLabels);

interface Candidate {
  kind: TotalKind;
  rank: number;
  value: string;
}

/** The label of a sum that a segment begins with, such as "Total incl. VAT". */
export function totalLabel(segment: Segment): PhraseMatch<TotalKind> | undefined {
  return matchAt(segment.tokens, 0, knownTotals);
}

/**
 * Net, tax and gross by their labels. Where the document shows several of each, those that add up are taken, the
 * strongest labels first; several tax rates are summed if their sum adds up. Nothing is calculated that is not printed.
 */
export function totalsOf(rows: readonly Row[], decimal: DecimalSign | undefined): Totals {
  const found = rows.flatMap((row, index) => candidatesOf(rows, row, index, decimal));
  const of = (...kinds: TotalKind[]): Candidate[] =>
    kinds.flatMap((kind) => found.filter((c) => c.kind === kind).sort((a, b) => a.rank - b.rank));
  const matching = addingUp(of('gross', 'payable'), of('net', 'subtotal'), withSum(of('tax')));
  if (matching !== undefined) return matching;
  const net = of('net')[0] ?? (of('tax').length === 0 ? of('subtotal').at(-1) : undefined);
  const tax = of('tax').length === 1 ? of('tax')[0] : undefined;
  const gross = of('gross', 'payable')[0];
  return {
    ...(net && { net: net.value }),
    ...(tax && { tax: tax.value }),
    ...(gross && { gross: gross.value }),
  };
}

function candidatesOf(rows: readonly Row[], row: Row, index: number, decimal?: DecimalSign): Candidate[] {
  const labels = row.segments.flatMap((segment, at) => {
    const match = totalLabel(segment) ?? endingLabel(segment);
    return match === undefined ? [] : [{ match, at, segment }];
  });
  return labels.flatMap(({ match, at, segment }, i) => {
    const until = labels[i + 1]?.at ?? row.segments.length;
    const amounts = amountsRight(textAfter(segment, match), row.segments.slice(at + 1, until), decimal);
    const value = amounts.at(-1) ?? amountBelow(rows, index, segment, decimal);
    if (value === undefined) return [];
    const found = { kind: match.kind, rank: match.rank, value };
    return match.kind === 'gross' ? [found, ...netAndTax(amounts)] : [found];
  });
}

/** The last row of a table may sum several columns: net, tax and gross, known by adding up. */
function netAndTax(amounts: readonly string[]): Candidate[] {
  const [net, tax, gross] = amounts.slice(-3);
  if (net === undefined || tax === undefined || gross === undefined) return [];
  if (toUnits(net) + toUnits(tax) !== toUnits(gross)) return [];
  return [
    { kind: 'net', rank: 50, value: net },
    { kind: 'tax', rank: 50, value: tax },
  ];
}

/** A label at the end of a segment that begins with other words, such as "Invoice 12 total". */
function endingLabel(segment: Segment): PhraseMatch<TotalKind> | undefined {
  const last = matchAll(segment.tokens, knownTotals).at(-1);
  if (last === undefined || segment.tokens.length > 6) return undefined;
  return last.kind !== 'other' && last.start + last.length === segment.tokens.length ? last : undefined;
}

function textAfter(segment: Segment, match: PhraseMatch<TotalKind>): string {
  const word = segment.tokens[match.start + match.length - 1]?.word ?? 0;
  return toSegment(segment.words.slice(word + 1)).text;
}

/** The amounts right of a label. The last is the label's own: a tax line prints rate and base before it. */
function amountsRight(rest: string, right: readonly Segment[], decimal?: DecimalSign): string[] {
  const texts = [rest, ...right.map((segment) => segment.text)];
  return texts
    .flatMap((text) => findNumbers(text, decimal))
    .filter((number) => !number.percent)
    .map(({ value }) => value);
}

/** Where labels stand in a row of their own, the amount is directly below. */
function amountBelow(
  rows: readonly Row[],
  index: number,
  label: Segment,
  decimal?: DecimalSign,
): string | undefined {
  const [text] = below(rows, index, label);
  const [only, ...others] = text === undefined ? [] : findNumbers(text, decimal);
  const isAmount =
    only !== undefined && others.length === 0 && !only.percent && !/\p{L}{4}/u.test(text ?? '');
  return isAmount ? only.value : undefined;
}

function withSum(taxes: Candidate[]): Candidate[] {
  if (taxes.length < 2) return taxes;
  const sum = taxes.reduce((total, { value }) => total + toUnits(value), 0n);
  return [...taxes, { kind: 'tax', rank: taxes.length + 100, value: fromUnits(sum) }];
}

/** The three that add up, preferring a strong gross label over strong others. */
function addingUp(gross: Candidate[], net: Candidate[], tax: Candidate[]): Totals | undefined {
  for (const g of distinct(gross)) {
    for (const n of distinct(net)) {
      const t = distinct(tax).find(({ value }) => toUnits(n.value) + toUnits(value) === toUnits(g.value));
      if (t !== undefined) return { net: n.value, tax: t.value, gross: g.value };
    }
  }
  return undefined;
}

/** A handful of different values is enough; hostile documents may print thousands. */
function distinct(candidates: Candidate[]): Candidate[] {
  const byValue = new Map<string, Candidate>();
  for (const candidate of candidates)
    if (!byValue.has(candidate.value)) byValue.set(candidate.value, candidate);
  return [...byValue.values()].slice(0, 40);
}
