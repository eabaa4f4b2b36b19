import { monthNames } from './labels.ts';
import { tokenKeys } from './phrases.ts';

/** How purely numeric dates are written in a document: day or month first. */
export type DateOrder = 'day-first' | 'month-first';

interface FoundDate {
  /** ISO 8601. */
  date: string;
  start: number;
}

const months = new Map(
  monthNames.flatMap((names, index) => names.map((name) => [tokenKeys(name)[0] ?? '', index + 1])),
);

const iso = /(?<!\d)(\d{4})([-./])(\d{1,2})\2(\d{1,2})(?!\d)/g;
const numeric = /(?<![\d.,/-])(\d{1,2})\s?([-./])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/]|[.,-]\d)/g;
const dayName =
  /(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|e)?[.\s-]{1,2}(?:of |de |di |den )?(\p{L}{3,12})[.,\s-]{1,3}(?:de |del )?'?(\d{4}|\d{2})(?!\d)/gu;
const nameDay = /(?<!\p{L})(\p{L}{3,12})[.\s-]{1,2}(\d{1,2})(?:st|nd|rd|th)?[,\s-]{1,3}(\d{4})(?!\d)/gu;

/**
 * The dates of a text, in its order. `03/04/2024` needs `order`: without one a numeric date that could be read both
 * ways is not answered. Years of two digits are 2000–2079 or 1980–1999.
 */
export function findDates(text: string, order?: DateOrder): string[] {
  const t = text.slice(0, 2_000);
  const found = [
    ...scan(t, iso, ([, y, , m, d]) => toIso(y, m, d)),
    ...scan(t, numeric, ([, a, sign, b, y]) => readNumeric({ a, sign, b, year: y }, order)),
    ...scan(t, dayName, ([, d, name, y]) => toIso(y, monthNumber(name), d)),
    ...scan(t, nameDay, ([, name, d, y]) => toIso(y, monthNumber(name), d)),
  ];
  return found.sort((a, b) => a.start - b.start).map(({ date }) => date);
}

function scan(
  text: string,
  pattern: RegExp,
  read: (match: RegExpExecArray) => string | undefined,
): FoundDate[] {
  const found: FoundDate[] = [];
  const from = new RegExp(pattern);
  for (let match = from.exec(text); match !== null; match = from.exec(text)) {
    const date = read(match);
    // What is no date may begin inside of one: "8 del 30 settembre 2024".
    if (date === undefined) from.lastIndex = match.index + 1;
    else found.push({ date, start: match.index });
  }
  return found;
}

function monthNumber(name = ''): number | undefined {
  return months.get(tokenKeys(name)[0] ?? '');
}

interface NumericDate {
  a?: string | undefined;
  sign?: string | undefined;
  b?: string | undefined;
  year?: string | undefined;
}

function readNumeric(numbers: NumericDate, order?: DateOrder): string | undefined {
  const { a, sign, b, year } = numbers;
  if (sign === '-' && year?.length === 2) return readShort(numbers, order);
  const dayFirst = toIso(year, b, a);
  const monthFirst = toIso(year, a, b);
  if (dayFirst === undefined || monthFirst === undefined || dayFirst === monthFirst)
    return dayFirst ?? monthFirst;
  if (order === undefined) return undefined;
  return order === 'day-first' ? dayFirst : monthFirst;
}

/** Three pairs with hyphens: the year may stand first or last. The reading in a year of our time counts, if it is the only one. */
function readShort({ a, b, year }: NumericDate, order?: DateOrder): string | undefined {
  const last = readNumeric({ a, b, year, sign: undefined }, order);
  const first = a?.length === 2 && year !== undefined ? toIso(a, b, year) : undefined;
  const thisYear = new Date().getUTCFullYear();
  const ofOurTime = [first, last].filter((date) => {
    const age = date === undefined ? Number.NaN : thisYear - Number(date.slice(0, 4));
    return age >= -1 && age <= yearsOfOurTime;
  });
  const [only = first === undefined ? last : undefined, ...others] = new Set(ofOurTime);
  return others.length === 0 ? only : undefined;
}

const yearsOfOurTime = 16;

function toIso(year?: string, month?: string | number, day?: string): string | undefined {
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const y = year.length === 2 ? Number(year) + (Number(year) < 80 ? 2000 : 1900) : Number(year);
  if (y < 1980 || y > 2199) return undefined;
  const date = new Date(Date.UTC(y, Number(month) - 1, Number(day)));
  const isReal = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isReal ? date.toISOString().slice(0, 10) : undefined;
}

/**
 * The order that a document's own dates show: one that can be read only one way decides for all. `undefined` when
 * there is none, or when they contradict each other.
 */
export function dateOrderShown(texts: Iterable<string>): DateOrder | undefined {
  const seen = new Set<DateOrder>();
  for (const text of texts) {
    for (const [, a, sign, b, y] of text.matchAll(numeric)) {
      if (toIso(y, b, a) === undefined && toIso(y, a, b) !== undefined) seen.add('month-first');
      else if (toIso(y, a, b) === undefined && toIso(y, b, a) !== undefined) seen.add('day-first');
      else if (sign === '.' && y?.length === 4) seen.add('day-first');
    }
  }
  const [only, ...others] = seen;
  return others.length === 0 ? only : undefined;
}
