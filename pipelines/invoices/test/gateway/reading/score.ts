import type { Invoice, InvoiceLine } from '../../../gateway/invoice.ts';
import { type Truth, type TruthLine, typeOf } from './truth.ts';

type Verdict = 'right' | 'wrong' | 'absent';
export interface Judged {
  field: string;
  verdict: Verdict;
  read?: string | undefined;
  truth?: string | undefined;
}

/** Every header field that the truth names, judged. */
export function judgeHeader(invoice: Invoice, truth: Truth): Judged[] {
  const { seller, buyer, totals } = invoice;
  return [
    judge('type', invoice.type, typeOf(truth)),
    judge('number', invoice.number, truth.number),
    judge('date', invoice.date, truth.date),
    judge('due date', invoice.dueDate, truth.due),
    judge('currency', invoice.currency, truth.currency),
    judge('net', totals.net, truth.net, sameNumber),
    judge('tax', totals.tax, truth.tax, sameNumber),
    judge('gross', totals.gross, truth.gross, sameNumber),
    judge('seller name', seller?.name, truth.seller.name, sameName),
    judge('seller VAT id', seller?.vatId, truth.seller.vat),
    judge('buyer name', buyer?.name, truth.buyer.name, sameName),
    judge('buyer VAT id', buyer?.vatId, truth.buyer.vat),
  ].flat();
}

/** Quantity, price and amount of every line; a line too many is wrong in each field that it has. */
export function judgeLines(invoice: Invoice, truth: Truth): Judged[] {
  if (truth.lines.length === 0) return [];
  const pairs = pairUp(invoice.lines, truth.lines);
  const known = pairs.flatMap(({ line, of }) => judgeLine(line, of));
  const paired = new Set(pairs.map(({ line }) => line));
  const tooMany = invoice.lines.filter((line) => !paired.has(line)).flatMap(falseFields);
  return [...known, ...tooMany];
}

function judgeLine(line: InvoiceLine | undefined, of: TruthLine): Judged[] {
  const isPrice = (read: string, price: string): boolean =>
    sameNumber(read, price) || (of.grossPrice !== null && sameNumber(read, of.grossPrice));
  return [
    judge('line quantity', line?.quantity, of.qty, sameNumber),
    judge('line price', line?.unitPrice, of.price, isPrice),
    judge('line amount', line?.amount, of.amount, sameNumber),
  ].flat();
}

const falseFields = (line: InvoiceLine): Judged[] =>
  [
    judge('line quantity', line.quantity, 'no line'),
    judge('line price', line.unitPrice, 'no line'),
    judge('line amount', line.amount, 'no line'),
  ]
    .flat()
    .filter(({ verdict }) => verdict !== 'absent');

/** In their order: each line of the truth with the next that agrees with it most. */
function pairUp(
  lines: readonly InvoiceLine[],
  truth: readonly TruthLine[],
): { line: InvoiceLine | undefined; of: TruthLine }[] {
  const free = [...lines];
  return truth.map((of) => {
    const scored = free.map((line) => ({
      line,
      score: judgeLine(line, of).filter(({ verdict }) => verdict === 'right').length,
    }));
    const line = scored.sort((a, b) => b.score - a.score)[0]?.line;
    if (line !== undefined) free.splice(free.indexOf(line), 1);
    return { line, of };
  });
}

function judge(
  field: string,
  read: string | undefined,
  truth: string | null,
  isSame: (read: string, truth: string) => boolean = (a, b) => a === b,
): Judged[] {
  if (truth === null) return [];
  const verdict = read === undefined ? 'absent' : isSame(read, truth) ? 'right' : 'wrong';
  return [{ field, verdict, read, truth }];
}

const sameNumber = (a: string, b: string): boolean => Math.abs(Number(a) - Number(b)) < 0.000_01;

/** The truth may hold salutations and numbers on lines of their own; the page may add a legal form. */
function sameName(read: string, truth: string): boolean {
  const bare = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const [ours, theirs] = [bare(read), truth.split('\n').map(bare)];
  const whole = theirs.join(' ');
  return (
    ours === whole ||
    theirs.at(-1) === ours ||
    theirs.some((line) => ours === line && line.includes(' ')) ||
    ours.startsWith(`${whole} `)
  );
}

/** A line a field: how many are right, wrong and absent. */
export function tableOf(judged: readonly Judged[]): string {
  const fields = [...new Set(judged.map(({ field }) => field))];
  const row = (name: string, some: readonly Judged[]): string => {
    const count = (verdict: Verdict): number => some.filter((one) => one.verdict === verdict).length;
    const share = (verdict: Verdict): string =>
      `${count(verdict)} (${((count(verdict) / Math.max(1, some.length)) * 100).toFixed(0)} %)`;
    return `| ${name} | ${share('right')} | ${share('wrong')} | ${share('absent')} |`;
  };
  return [
    '| field | right | wrong | absent |',
    '| --- | --- | --- | --- |',
    ...fields.map((field) =>
      row(
        field,
        judged.filter((one) => one.field === field),
      ),
    ),
    row('all', judged),
  ].join('\n');
}
