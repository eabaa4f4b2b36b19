import type { Totals } from '../invoice.ts';
import { type Amount, amountsIn } from './amounts.ts';
import { type Found, present } from './evidence.ts';
import type { Row } from './layout.ts';
import { type DecimalSign, fromUnits, toUnits } from './numbers.ts';
import type { TotalCandidate } from './total-candidates.ts';
import type { TotalKind } from './total-labels.ts';

export type FoundTotals = { [Field in keyof Totals]?: Found };

/**
 * Net, tax and gross by their labels. Where the document shows several of each, those that add up are taken, the strongest labels
 * first; several tax rates are summed if their sum adds up. Nothing is calculated that is not printed. Sums that contradict each other
 * are doubtful, but for one that the lines confirm.
 *
 * @param found the amounts that may be sums, of these rows
 * @param lines what the amounts of all lines come to
 */
export function totalsOf(
  found: readonly TotalCandidate[],
  rows: readonly Row[],
  decimal: DecimalSign | undefined,
  lines: string | undefined,
): FoundTotals {
  const of = (...kinds: TotalKind[]): TotalCandidate[] =>
    kinds.flatMap((kind) => found.filter((c) => c.kind === kind).sort((a, b) => a.rank - b.rank));
  const [gross, net, tax] = [of('gross', 'payable'), of('net', 'subtotal'), withSum(of('tax'))];
  return (
    addingUp(gross, net, tax, lines) ??
    completed({ gross: of('gross'), net: of('net'), tax }, rows, decimal) ??
    unlabelled(rows, decimal, lines) ??
    alone(
      {
        gross: of('gross'),
        payable: of('payable'),
        net: of('net'),
        subtotal: of('subtotal'),
        tax: of('tax'),
      },
      lines,
    )
  );
}

const confidence = {
  addsUpWithLines: 0.99,
  addsUp: 0.95,
  completed: 0.85,
  confirmedByLines: 0.85,
  labelOnly: 0.6,
  contradicted: 0.3,
} as const;

const foundIn = ({ value, row, at, reason }: TotalCandidate, sure: number, more?: string): Found => ({
  value,
  confidence: sure,
  row,
  at,
  reason: more === undefined ? reason : `${reason}; ${more}`,
});

function withSum(taxes: TotalCandidate[]): TotalCandidate[] {
  const [first] = taxes;
  if (first === undefined || taxes.length < 2) return taxes;
  const sum = taxes.reduce((total, { value }) => total + toUnits(value), 0n);
  return [
    ...taxes,
    { ...first, rank: taxes.length + 100, value: fromUnits(sum), reason: 'taxes of several rates, added up' },
  ];
}

/** The three that add up, preferring a strong gross label over strong others, and what the lines come to over all. */
function addingUp(
  gross: TotalCandidate[],
  net: TotalCandidate[],
  tax: TotalCandidate[],
  lines: string | undefined,
): FoundTotals | undefined {
  const triples = distinct(gross).flatMap((g) =>
    distinct(net).flatMap((n) => {
      const t = distinct(tax).find(({ value }) => toUnits(n.value) + toUnits(value) === toUnits(g.value));
      return t === undefined ? [] : [{ g, n, t }];
    }),
  );
  const confirmed = triples.find(
    ({ g, n }) => lines !== undefined && [g.value, n.value].some((sum) => isSame(sum, lines)),
  );
  const [{ g, n, t } = {}] = confirmed === undefined ? triples : [confirmed];
  if (g === undefined || n === undefined || t === undefined) return undefined;
  const sure = confirmed === undefined ? confidence.addsUp : confidence.addsUpWithLines;
  const more = 'net and tax come to gross';
  return { net: foundIn(n, sure, more), tax: foundIn(t, sure, more), gross: foundIn(g, sure, more) };
}

const isSame = (a: string, b: string): boolean => toUnits(a) === toUnits(b);

/** Two of the three, and an amount on the page that completes them: its label says something that we do not know. */
function completed(
  { gross, net, tax }: { gross: TotalCandidate[]; net: TotalCandidate[]; tax: TotalCandidate[] },
  rows: readonly Row[],
  decimal: DecimalSign | undefined,
): FoundTotals | undefined {
  const [g, n, t] = [distinct(gross), distinct(net), distinct(tax)].map(([only, ...others]) =>
    others.length === 0 ? only : undefined,
  );
  const sure = confidence.completed;
  if (n !== undefined && t !== undefined && toUnits(t.value) !== 0n && g === undefined) {
    const printed = printedAmount(rows, toUnits(n.value) + toUnits(t.value), decimal);
    return (
      printed && {
        net: foundIn(n, sure),
        tax: foundIn(t, sure),
        gross: { ...printed, confidence: sure, reason: 'net and tax come to it' },
      }
    );
  }
  if (g !== undefined && n !== undefined && t === undefined && toUnits(g.value) !== toUnits(n.value)) {
    const printed = printedAmount(rows, toUnits(g.value) - toUnits(n.value), decimal);
    return (
      printed && {
        net: foundIn(n, sure),
        gross: foundIn(g, sure),
        tax: { ...printed, confidence: sure, reason: 'gross less net comes to it' },
      }
    );
  }
  if (g !== undefined && t !== undefined && n === undefined && toUnits(t.value) !== 0n) {
    const printed = printedAmount(rows, toUnits(g.value) - toUnits(t.value), decimal);
    return (
      printed && {
        net: { ...printed, confidence: sure, reason: 'gross less tax comes to it' },
        tax: foundIn(t, sure),
        gross: foundIn(g, sure),
      }
    );
  }
  return undefined;
}

/** Three amounts one under another of which the first two come to the third, and one is what the lines come to: their labels say nothing that we know. */
function unlabelled(
  rows: readonly Row[],
  decimal: DecimalSign | undefined,
  lines: string | undefined,
): FoundTotals | undefined {
  if (lines === undefined) return undefined;
  const last = rows.flatMap((row) => {
    const amount = amountsIn(row, row.segments, decimal).at(-1);
    return amount === undefined || !amount.value.includes('.') ? [] : [amount];
  });
  for (let i = last.length - 1; i >= 2; i -= 1) {
    const [n, t, g] = last.slice(i - 2, i + 1);
    if (n === undefined || t === undefined || g === undefined) continue;
    const [net, tax, gross] = [n, t, g].map(({ value }) => toUnits(value)) as [bigint, bigint, bigint];
    const isColumn = Math.abs(n.at.x1 - g.at.x1) <= 12 && Math.abs(t.at.x1 - g.at.x1) <= 12;
    const isSum = tax > 0n && tax < net && net + tax === gross;
    if (!isColumn || !isSum || !(isSame(n.value, lines) || isSame(g.value, lines))) continue;
    const of = (amount: Amount): Found => ({
      ...amount,
      confidence: confidence.completed,
      reason: 'the lines come to it, and net and tax to gross',
    });
    return { net: of(n), tax: of(t), gross: of(g) };
  }
  return undefined;
}

/** An amount anywhere on the page that is just so much. */
function printedAmount(rows: readonly Row[], units: bigint, decimal?: DecimalSign): Amount | undefined {
  for (const row of rows) {
    const amount = amountsIn(row, row.segments, decimal).find(
      ({ value }) => value.includes('.') && toUnits(value) === units,
    );
    if (amount !== undefined) return amount;
  }
  return undefined;
}

type Candidates = Record<'gross' | 'payable' | 'net' | 'subtotal' | 'tax', TotalCandidate[]>;

/**
 * No three add up: what the lines confirm, or what nothing contradicts. The others are told as doubtful, each with all that it may be.
 */
function alone({ gross, payable, net, subtotal, tax }: Candidates, lines: string | undefined): FoundTotals {
  const confirmed = (list: readonly TotalCandidate[]): Found | undefined => {
    const same = list.find(({ value }) => lines !== undefined && isSame(value, lines));
    return same && foundIn(same, confidence.confirmedByLines, 'the lines come to it');
  };
  const isContradicted = gross.length > 0 && net.length > 0 && tax.length > 0;
  const only = (list: readonly TotalCandidate[]): Found | undefined => {
    const [first, ...others] = distinct([...list]);
    if (first === undefined) return undefined;
    const isClear = !isContradicted && others.every(({ rank }) => rank >= first.rank + clearlyWeaker);
    const sure = isClear ? confidence.labelOnly : confidence.contradicted;
    const more = isClear ? undefined : 'the sums do not add up';
    return { ...foundIn(first, sure, more), others: others.map((one) => foundIn(one, sure, more)) };
  };
  const isClear = (found: Found | undefined): boolean => (found?.confidence ?? 0) >= confidence.labelOnly;
  const labelledGross = only(gross);
  const labelledNet = only(net);
  return present({
    net:
      confirmed(net) ??
      (isClear(labelledNet) || tax.length > 0
        ? labelledNet
        : (confirmed(subtotal) ?? last(subtotal) ?? labelledNet)),
    tax: only(tax),
    gross:
      confirmed(gross) ?? (isClear(labelledGross) ? labelledGross : (confirmed(payable) ?? labelledGross)),
  });
}

const last = (list: readonly TotalCandidate[]): Found | undefined => {
  const candidate = list.at(-1);
  return candidate && foundIn(candidate, confidence.labelOnly);
};

/** Among several labels of a kind, how much stronger the first must be to count alone. */
const clearlyWeaker = 30;

/** A handful of different values is enough; hostile documents may print thousands. */
function distinct(candidates: TotalCandidate[]): TotalCandidate[] {
  const byValue = new Map<string, TotalCandidate>();
  for (const candidate of candidates)
    if (!byValue.has(candidate.value)) byValue.set(candidate.value, candidate);
  return [...byValue.values()].slice(0, 40);
}
