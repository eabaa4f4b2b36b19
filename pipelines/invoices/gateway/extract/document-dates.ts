import { type DateOrder, findDates } from './dates.ts';
import type { Found } from './evidence.ts';
import { dateLabels } from './labels.ts';
import { type Row, rowText } from './layout.ts';
import { type Candidate, locate, spanOf } from './locate.ts';
import { matchAll, phrases, tokens } from './phrases.ts';

const known = phrases(dateLabels);
type Kind = keyof typeof dateLabels;

const worth = { labelled: 0.95, plain: 0.85, beside: 0.9, only: 0.6, sentence: 0.75 } as const;
const belowCosts = 0.05;
const mostWordsAround = 7;

interface DocumentDates {
  date?: Found;
  dueDate?: Found;
}

/**
 * The date by its label; else beside the number ("Rechnung Nr. 12 vom 5. März 2024"); else by a bare "date"; else the one date that
 * the first page shows high up, when it is not another one by its label. A due date before the date is none.
 */
export function documentDates(
  rows: readonly Row[],
  order: DateOrder | undefined,
  numberRow: Row | undefined,
  depth: number,
): DocumentDates {
  const located = locate(rows, known);
  const of = (kind: Kind): Candidate<Kind>[] => located.filter((candidate) => candidate.kind === kind);
  const due = best(of('due'), order, worth.labelled) ?? payBy(rows, order);
  const date =
    best(of('invoice'), order, worth.labelled) ??
    beside(numberRow, order) ??
    best(of('plain').filter(isAlone), order, worth.plain) ??
    onlyDate(rows, order, due?.value, depth) ??
    letterDate(rows, order, due?.value, depth);
  const isLater = due !== undefined && (date === undefined || due.value >= date.value);
  return { ...(date && { date }), ...(due && isLater && { dueDate: due }) };
}

/** The strongest label's date; among equals the first on the page. */
function best(
  candidates: readonly Candidate<Kind>[],
  order: DateOrder | undefined,
  sure: number,
): Found | undefined {
  let found: { candidate: Candidate<Kind>; value: string } | undefined;
  for (const candidate of candidates) {
    if (found !== undefined && candidate.rank >= found.candidate.rank) continue;
    const value = dateIn(candidate, order);
    if (value !== undefined) found = { candidate, value };
  }
  if (found === undefined) return undefined;
  const { from, row: labelRow, place, label } = found.candidate;
  return {
    value: found.value,
    confidence: place === 'below' ? sure - belowCosts : sure,
    row: from.row,
    at: spanOf(found.candidate, found.value),
    labelRow,
    reason: `label "${label.text}"`,
  };
}

/** The first date of the text, unless another label stands before it. */
function dateIn({ text, place }: Candidate<Kind>, order: DateOrder | undefined): string | undefined {
  const [date] = findDates(text, order);
  if (date === undefined || place !== 'same') return date;
  const before = text.slice(0, text.search(/\d/));
  return matchAll(tokens([{ text: before }]), knownOthers).length > 0 ? undefined : date;
}

const knownOthers = phrases({
  other: [...dateLabels.other, ...dateLabels.due].filter((label) => label.includes(' ') || label.length > 5),
});

/** A bare "date" begins its text ("Date: …") or follows a town ("Lyon, le …"). */
function isAlone({ row, label, lead, rest }: Candidate<Kind>): boolean {
  if (rest.split(' ').length > mostWordsAround) return false;
  return row.segments.some(({ x0 }) => x0 === label.x0) || /^[\p{L}\s.-]{2,30},$/u.test(lead);
}

function beside(row: Row | undefined, order: DateOrder | undefined): Found | undefined {
  if (row === undefined || hasOtherLabel(row)) return undefined;
  const [value] = findDates(rowText(row), order);
  return value === undefined
    ? undefined
    : { value, confidence: worth.beside, row, reason: 'beside the number' };
}

const hasOtherLabel = (row: Row): boolean =>
  row.segments.some(({ tokens }) =>
    matchAll(tokens, known).some(({ kind }) => kind === 'other' || kind === 'due'),
  );

/** "Please pay by 5 March": a sentence that asks for the money, and the day behind its "by". */
function payBy(rows: readonly Row[], order: DateOrder | undefined): Found | undefined {
  const found = rows.flatMap((row) => {
    const [, after] = asksForPayment.test(rowText(row)) ? (until.exec(rowText(row)) ?? []) : [];
    const [value] = after === undefined ? [] : findDates(after, order);
    return value === undefined
      ? []
      : [{ value, confidence: worth.sentence, row, reason: 'a sentence that asks for payment' }];
  });
  return new Set(found.map(({ value }) => value)).size === 1 ? found[0] : undefined;
}

const asksForPayment =
  /überweis|zahl|begleich|(?<!\p{L})pay|remit|transfer|régl|paie|virement|betaal|betal|overmaken|pag|abon|bonifico|versa|wpła|zapła/iu;
const until =
  /(?:bis (?:zum|spätestens)(?: zum)?|no later than|(?<!\p{L})by|before|avant le|au plus tard le|jusqu'au|v[oó]{2}r|uiterlijk(?: op)?|antes del?|hasta el|entro il|até|do dnia|senast(?: den)?|senest(?: den)?)\s+(.{6,24})/iu;

/** The one date that stands by itself high up on the first page, or after a town, as on a letter. */
function letterDate(
  rows: readonly Row[],
  order: DateOrder | undefined,
  due: string | undefined,
  depth: number,
): Found | undefined {
  const found = rows
    .filter((row) => row.page === 0 && row.y <= depth && !hasOtherLabel(row))
    .flatMap((row) =>
      row.segments.filter(({ text }) => isBareDate(text)).map((segment) => ({ row, segment })),
    )
    .flatMap(({ row, segment }) =>
      findDates(segment.text, order).map((value) => ({ value, row, at: segment })),
    );
  const [only, ...others] = new Set(found.map(({ value }) => value));
  const first = found[0];
  if (first === undefined || only === due || others.length > 0) return undefined;
  return { ...first, confidence: worth.only, reason: 'the only date that stands by itself' };
}

/** Nothing but a date, or a town before it: "Lyon, le 5 mars 2024". */
const isBareDate = (text: string): boolean =>
  text.length <= 40 &&
  /^(?:\p{Lu}[\p{L} .-]{1,24},\s(?:den |le |li |il )?)?\d{1,4}[.\s/-]/iu.test(text) &&
  /\d{4}$|\d{2}$/.test(text) &&
  !/\d\s\d/.test(text);

function onlyDate(
  rows: readonly Row[],
  order: DateOrder | undefined,
  due: string | undefined,
  depth: number,
): Found | undefined {
  const shown = rows.flatMap((row, index) =>
    row.page === 0
      ? findDates(rowText(row), order).map((value) => ({
          value,
          row,
          isOther: [rows[index - 1], row].some(
            (near) => near?.page === 0 && row.y - near.y < row.height * 2 && hasOtherLabel(near),
          ),
        }))
      : [],
  );
  const [only, ...others] = [...new Set(shown.map(({ value }) => value))].filter((value) => value !== due);
  const found = shown.find(({ value }) => value === only);
  if (found === undefined || others.length > 0 || found.isOther || found.row.y > depth) return undefined;
  return { value: found.value, confidence: worth.only, row: found.row, reason: 'the only date of the page' };
}
