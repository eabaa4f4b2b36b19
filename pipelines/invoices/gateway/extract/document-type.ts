import type { Invoice } from '../invoice.ts';
import type { Found } from './evidence.ts';
import { titleLabels } from './labels.ts';
import { type Row, rowText, type Segment } from './layout.ts';
import { matchAll, matchAt, phrases, tokenKeys } from './phrases.ts';
import { languages } from './words/index.ts';

const knownTitles = phrases(titleLabels);
type TitleKind = keyof typeof titleLabels;

/** UNTDID 1001: documents that give money back, and all that EN 16931 knows. */
const creditCodes = new Set(['261', '262', '296', '308', '381', '396', '420', '458', '532']);
const codeInBrackets = /\((2[69]\d|3[0-9]\d|4[25]\d)\)/;
const mostWordsInTitle = 8;

/** What the document calls itself. */
export interface Title {
  kind: TitleKind;
  text: string;
  row: Row;
}

interface Candidate extends Title {
  height: number;
  isWhole: boolean;
  code: string | undefined;
}

/** What the document calls itself: what a short text high on its first page begins with. `undefined`: nothing that is known. */
export function titleOf(rows: readonly Row[], depth: number): Title | undefined {
  const titles = titlesIn(rows, depth);
  const coded = titles.find(({ code }) => code !== undefined);
  if (coded?.code !== undefined) return { ...coded, kind: kindOfCode(coded.code) };
  const selfBilled = rows.find((row) => row.page === 0 && row.segments.some(saysSelfBilled));
  if (selfBilled !== undefined) return { kind: 'selfBilling', text: rowText(selfBilled), row: selfBilled };
  const of = (kind: TitleKind): Candidate | undefined => titles.find((title) => title.kind === kind);
  const [invoice, correction, credit] = [of('invoice'), of('correction'), of('credit')];
  if (correction !== undefined) return correction;
  if (credit === undefined) return isOther(of('other'), invoice) ? of('other') : (invoice ?? of('other'));
  const isInvoice =
    invoice !== undefined && (invoice.height > credit.height * 1.2 || (invoice.isWhole && !credit.isWhole));
  return isInvoice ? invoice : credit;
}

/** The heading of a statement of account stands above the word "Invoice" over its list. */
const isOther = (other: Candidate | undefined, invoice: Candidate | undefined): boolean =>
  other?.isWhole === true &&
  invoice !== undefined &&
  other.row.y < invoice.row.y &&
  other.height >= invoice.height;

const saysSelfBilled = ({ tokens }: Segment): boolean =>
  matchAll(tokens, knownTitles).some(({ kind }) => kind === 'selfBilling');

function kindOfCode(code: string): TitleKind {
  if (creditCodes.has(code)) return 'credit';
  return code === '384' ? 'correction' : 'invoice';
}

function titlesIn(rows: readonly Row[], depth: number): Candidate[] {
  return rows
    .filter(({ page, y }) => page === 0 && y <= depth)
    .flatMap((row) => row.segments.flatMap((segment) => titleIn(segment, row)));
}

function titleIn({ tokens, words, height, text }: Segment, row: Row): Candidate[] {
  const match = words.length <= mostWordsInTitle ? titleMatch(tokens) : undefined;
  if (match === undefined) return [];
  const next = tokens[match.start + match.length]?.key;
  const isWhole = next === undefined;
  if (match.kind === 'other' && text.includes(':')) return []; // the label of another document's number
  if (!isWhole && (match.kind === 'other' || match.kind === 'invoice') && !mayFollowTitle(next)) return [];
  return [{ kind: match.kind, text, row, height, isWhole, code: codeInBrackets.exec(rowText(row))?.[1] }];
}

/** A title may be counted: "2. Mahnung". */
function titleMatch(tokens: Segment['tokens']): ReturnType<typeof matchAt<TitleKind>> {
  const match = matchAt(tokens, 0, knownTitles);
  if (match !== undefined || !/^\d$/.test(tokens[0]?.key ?? '')) return match;
  const counted = matchAt(tokens, 1, knownTitles);
  return counted?.kind === 'other' ? counted : undefined;
}

/** After a title come a number, a date or a word for one: "Invoice address" is no title. */
const mayFollowTitle = (key: string): boolean => /\d/.test(key) || followers.has(key);
const followers = new Set([
  ...languages.flatMap(({ numberWords }) => numberWords.flatMap(tokenKeys)),
  ...'vom du del of van av dated for fur zur zu uber vat original copy kopie copie'.split(' '),
]);

/** A correction with negative sums is an invoice as it stands; with positive ones it gives money back. */
export function typeOf(
  title: Title | undefined,
  gross: string | undefined,
  top: Row | undefined,
): Found | undefined {
  const row = title?.row ?? top;
  if (row === undefined) return undefined;
  const isCredit = title?.kind === 'correction' ? gross?.startsWith('-') !== true : title?.kind === 'credit';
  const value: Invoice['type'] = isCredit ? 'credit-note' : 'invoice';
  const reason = title === undefined ? 'no title says otherwise' : `title "${title.text.slice(0, 80)}"`;
  return { value, confidence: title === undefined ? worth.untitled : worth.titled, row, reason };
}

const worth = { titled: 0.95, untitled: 0.6 } as const;
