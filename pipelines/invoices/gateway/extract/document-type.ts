import type { Invoice } from '../invoice.ts';
import { titleLabels } from './labels.ts';
import { type Row, rowText, type Segment } from './layout.ts';
import { matchAll, matchAt, phrases } from './phrases.ts';

const knownTitles = phrases(titleLabels);
type TitleKind = keyof typeof titleLabels;

/** UNTDID 1001: documents that give money back, and all that EN 16931 knows. */
const creditCodes = new Set(['261', '262', '296', '308', '381', '396', '420', '458', '532']);
const codeInBrackets = /\((\d{3})\)/;
const mostWordsInTitle = 8;

interface Title {
  kind: TitleKind;
  height: number;
  isWhole: boolean;
  code: string | undefined;
}

/** What the document calls itself: what a short text high on its first page begins with. `undefined`: nothing that is known. */
export function titleOf(rows: readonly Row[], depth: number): TitleKind | undefined {
  const titles = titlesIn(rows, depth);
  const code = titles.find(({ code }) => code !== undefined)?.code;
  if (code !== undefined && /^[3]\d\d$/.test(code)) {
    if (creditCodes.has(code)) return 'credit';
    return code === '384' ? 'correction' : 'invoice';
  }
  const isSelfBilled = rows.some(
    (row) =>
      row.page === 0 &&
      row.segments.some(({ tokens }) =>
        matchAll(tokens, knownTitles).some(({ kind }) => kind === 'selfBilling'),
      ),
  );
  if (isSelfBilled) return 'selfBilling';
  const of = (kind: TitleKind): Title | undefined => titles.find((title) => title.kind === kind);
  const [invoice, correction, credit] = [of('invoice'), of('correction'), of('credit')];
  if (correction !== undefined) return 'correction';
  if (credit === undefined) return invoice?.kind ?? of('other')?.kind;
  const isInvoice =
    invoice !== undefined && (invoice.height > credit.height * 1.2 || (invoice.isWhole && !credit.isWhole));
  return isInvoice ? 'invoice' : 'credit';
}

function titlesIn(rows: readonly Row[], depth: number): Title[] {
  return rows
    .filter(({ page, y }) => page === 0 && y <= depth)
    .flatMap((row) => row.segments.flatMap((segment) => titleIn(segment, row)));
}

function titleIn({ tokens, words, height }: Segment, row: Row): Title[] {
  const match = words.length <= mostWordsInTitle ? matchAt(tokens, 0, knownTitles) : undefined;
  if (match === undefined) return [];
  const isWhole = match.length === tokens.length;
  return [{ kind: match.kind, height, isWhole, code: codeInBrackets.exec(rowText(row))?.[1] }];
}

/** A correction with negative sums is an invoice as it stands; with positive ones it gives money back. */
export function typeOf(title: TitleKind | undefined, gross: string | undefined): Invoice['type'] {
  if (title === 'correction') return gross?.startsWith('-') === true ? 'invoice' : 'credit-note';
  return title === 'credit' ? 'credit-note' : 'invoice';
}
