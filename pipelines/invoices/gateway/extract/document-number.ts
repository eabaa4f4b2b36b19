import type { Found } from './evidence.ts';
import { vatIdIn } from './identifiers.ts';
import { dateLabels, numberLabels, orderLabels } from './labels.ts';
import type { Row } from './layout.ts';
import { type Candidate, locate, spanOf } from './locate.ts';
import { matchAt, phrases, tokenKeys } from './phrases.ts';
import { languages } from './words/index.ts';

const known = phrases(numberLabels);
const knownDates = phrases({ date: [...dateLabels.invoice, ...dateLabels.plain] });
const knownOrders = phrases(orderLabels);
type Kind = keyof typeof numberLabels;

/** What a label of each kind is worth. An `order`'s number is known so that it is not taken. */
const worth: Record<Exclude<Kind, 'order'>, number> = {
  invoice: 0.95,
  credit: 0.95,
  document: 0.75,
  title: 0.8,
  mark: 0.65,
  bare: 0.6,
  booking: 0.6,
};
const belowCosts = 0.08;

/** Words before a label that make it that of another document. */
const elsewhere = new Set(
  'to zur zu original previous related bezug referenz reference vorherige ursprungliche origine origen rettifica storno anlage datei file order ordre commande vedr ref till til angaende correct korrigierte betreffend bezuglich for fur concernant betreft riferimento dotyczy sobre refere'.split(
    ' ',
  ),
);

/** The document's own number, by the strongest label; a credit note's own before that of the invoice it corrects. */
export function documentNumber(
  rows: readonly Row[],
  isCredit: boolean,
  titleRow: Row | undefined,
): Found | undefined {
  const kinds: Exclude<Kind, 'order'>[] = isCredit
    ? ['credit', 'title', 'invoice', 'document', 'mark', 'bare', 'booking']
    : ['invoice', 'credit', 'document', 'mark', 'title', 'bare', 'booking'];
  const candidates = locate(rows, known).filter(
    (candidate) =>
      isNumberPlace(candidate) &&
      (candidate.kind !== 'bare' || candidate.place === 'below' || isNear(candidate.row, titleRow)),
  );
  for (const kind of kinds) {
    const found = strongest(
      candidates.filter((candidate) => candidate.kind === kind),
      worth[kind],
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** "Type | No. | Date": the headings of what identifies the document. */
const isHeadingRow = ({ segments }: Row): boolean =>
  segments.length >= 2 &&
  segments.some(({ tokens }) => matchAt(tokens, 0, knownDates)?.length === tokens.length);

/** A bare "No." numbers the document only right beside or below its title. */
const isNear = (row: Row, titleRow: Row | undefined): boolean =>
  titleRow !== undefined && row.page === titleRow.page && row.y >= titleRow.y - 1 && row.y - titleRow.y <= 45;

/** The number of the order that the invoice is for. */
export function orderNumber(rows: readonly Row[]): Found | undefined {
  return strongest(locate(rows, knownOrders), worth.document);
}

function strongest(candidates: readonly Candidate<string>[], sure: number): Found | undefined {
  let found: (Found & { rank: number }) | undefined;
  for (const candidate of candidates) {
    if (found !== undefined && candidate.rank >= found.rank) continue;
    const value = codeOf(candidate);
    if (value === undefined) continue;
    found = {
      value,
      confidence: sure - (candidate.place === 'below' ? belowCosts : 0),
      row: candidate.from.row,
      at: spanOf(candidate, value),
      labelRow: candidate.row,
      rank: candidate.rank,
      reason: `label "${candidate.label.text}"`,
    };
  }
  if (found === undefined) return undefined;
  const { rank: _rank, ...rest } = found;
  return rest;
}

/**
 * After a mere title or mark only what directly follows can be its number, and only where the title begins its text. A label with other
 * words behind it labels something else, and so does one after words such as "refers to".
 */
function isNumberPlace({ kind, place, lead, rest, label, row }: Candidate<Kind>): boolean {
  const words = tokenKeys(lead);
  if (words.some((word) => elsewhere.has(word))) return false;
  if (kind === 'title' && place === 'right')
    return words.length === 0 && rest === '' && label.text.endsWith(':');
  if (kind === 'title' || kind === 'mark') return place === 'same' && words.length <= 1;
  if (kind === 'bare' && place === 'below') return words.length === 0 && rest === '' && isHeadingRow(row);
  if (kind === 'bare') return words.length === 0 && (place === 'same' || rest === '');
  return place === 'same' || !/\p{L}/u.test(rest.replace(/\([^)]*\)/g, ''));
}

const isDateLike = /^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}$/;
const isMoneyLike = /^\d{1,3}(?:[.,]\d{3})*[.,]\d{2}$/;
const isYear = /^(?:19|20)\d{2}$/;
const numberWords = new Set(languages.flatMap((words) => words.numberWords.flatMap(tokenKeys)));

/**
 * A document's number: one word with a digit in it, a short series before it (`RE 2024-001`), or a text of nothing but groups of digits
 * (`12 3456 7890`). A `#`, a code in brackets and a word for "number" are no part of it.
 */
function codeOf({ text, place, kind, label }: Candidate<string>): string | undefined {
  const bare = withoutNumberWords(text);
  const isGroups = /^\d{1,12}(?: \d{1,12}){1,5}$/.test(bare);
  const code = (isGroups ? bare : firstWords(bare, place)).replace(/[.,;:)]+$/, '');
  const isCode = /^[\p{L}\p{N}][\p{L}\p{N} /_.\\#-]{0,49}$/u.test(code) && /\d/.test(code);
  const isSlashed = place === 'same' && hasNumberWord(label.text) && code.includes('/');
  if (
    !isCode ||
    (isDateLike.test(code) && !isSlashed) ||
    isMoneyLike.test(code) ||
    vatIdIn(code) !== undefined
  )
    return undefined;
  return kind === 'title' && isYear.test(code) ? undefined : code;
}

/** "Faktura nr 15/02/2024" is numbered by month and year. */
const hasNumberWord = (label: string): boolean => tokenKeys(label).some((key) => numberWords.has(key));

function withoutNumberWords(text: string): string {
  const bare = text.replace(/^(?:[\s:#№.-]|\([^)]{1,20}\))+/u, '');
  const [, word = '', rest = ''] = /^([\p{L}°º#]{1,10})[.:°º]{0,2}\s+(.*)$/u.exec(bare) ?? [];
  const keys = tokenKeys(word);
  const isNumberWord = rest !== '' && keys.length > 0 && keys.every((key) => numberWords.has(key));
  return isNumberWord ? withoutNumberWords(rest) : bare;
}

function firstWords(text: string, place: Candidate<string>['place']): string {
  const [first = '', second = '', ...others] = text.split(/\s+/);
  const isSeries =
    (place !== 'below' || others.length === 0) &&
    /^[A-Z]{1,5}$/.test(first) &&
    /^(?:\d|[A-Z]{1,4}[/-]\d)/.test(second);
  return isSeries ? `${first} ${second}` : first;
}
