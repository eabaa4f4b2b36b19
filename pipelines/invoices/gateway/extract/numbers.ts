import { currencyWords } from './currencies.ts';

/** The sign between whole and fraction. */
export type DecimalSign = '.' | ',';

const spaces = /[\s\u00a0\u2007\u2009\u202f]/g;
const apostrophes = /['’]/g;

/**
 * Reads one printed number: `1.234,56`, `1,234.56`, `1 234,56`, `1'234.56`, `12,34,567.00`, `(5.00)`, `5,00-`.
 * Answers a plain decimal with the digits as printed (`"1234.50"`), or `undefined` for anything else.
 *
 * A lone sign before exactly three digits (`1.234`) can mean either; `decimal`, the sign that the rest of the document
 * uses, decides. Without it such a number is taken as thousands, unless a zero leads.
 */
export function parseNumber(printed: string, decimal?: DecimalSign): string | undefined {
  const signed = splitSign(printed.replaceAll(spaces, '').replaceAll('−', '-').replaceAll('–', '-'));
  const bare = signed.digits.replaceAll(apostrophes, '');
  if (bare.length > 40 || !/^\d[\d.,]*$/.test(bare) || !/\d$/.test(bare)) return undefined;
  const sign = decimalSign(bare, decimal);
  const [whole = '', fraction] = sign === undefined ? [bare] : splitLast(bare, sign);
  if (!isGrouped(whole)) return undefined;
  const digits = whole.replaceAll(/[.,]/g, '').replace(/^0+(?=\d)/, '');
  const plain = fraction === undefined ? digits : `${digits}.${fraction}`;
  return signed.negative && /[1-9]/.test(plain) ? `-${plain}` : plain;
}

function splitSign(text: string): { negative: boolean; digits: string } {
  const inner = /^\((.+)\)$/.exec(text)?.[1] ?? /^-(.+)$/.exec(text)?.[1] ?? /^(.+)-$/.exec(text)?.[1];
  return { negative: inner !== undefined, digits: inner ?? text.replace(/^\+/, '') };
}

/** Which sign, if any, divides whole and fraction. */
function decimalSign(digits: string, hint: DecimalSign | undefined): DecimalSign | undefined {
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const sign = digits[last];
  if (sign !== '.' && sign !== ',') return undefined;
  const others = digits.replaceAll(sign, '').length + 1 - digits.length;
  if (others < 0) return undefined; // it occurs twice: it groups
  const both = /[.,]/.test(digits.slice(0, last));
  if (both) return sign;
  const after = digits.length - last - 1;
  if (after !== 3) return sign;
  if (hint !== undefined) return sign === hint ? sign : undefined;
  return digits.startsWith('0') ? sign : undefined;
}

function splitLast(text: string, sign: string): [string, string] {
  const at = text.lastIndexOf(sign);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Whole digits, alone or in groups of three; of two before the last in the Indian way. One kind of sign only. */
function isGrouped(whole: string): boolean {
  return /^\d+$/.test(whole) || ['.', ','].some((sign) => isGroupedBy(whole.split(sign)));
}

function isGroupedBy(groups: string[]): boolean {
  const [first = '', ...rest] = groups;
  if (rest.length === 0 || !/^\d{1,3}$/.test(first) || !/^\d{3}$/.test(rest.at(-1) ?? '')) return false;
  return [/^\d{3}$/, /^\d{2}$/].some((size) => rest.slice(0, -1).every((group) => size.test(group)));
}

/** A number found in a text; `percent` when a % follows it. */
export interface FoundNumber {
  value: string;
  percent: boolean;
  start: number;
  end: number;
}

const group = '[ \\u00a0\\u2007\\u2009\\u202f]';
const numberRun = new RegExp(`\\d{1,3}(?:${group}\\d{3})+(?:,\\d{1,4})?(?![\\d.,])|\\d[\\d.,'’]*`, 'g');
const currencyBefore = new RegExp(`(?:^|[^\\p{L}])(?:${currencyWords})\\.?\\s?$`, 'iu');
const currencyAfter = new RegExp(`^(?:${currencyWords})(?!\\p{L})`, 'iu');

/** The numbers of a text. Digits that are part of a word, a date or a code (`A4`, `INV/2023/03`) are not numbers. */
export function findNumbers(text: string, decimal?: DecimalSign): FoundNumber[] {
  const found: FoundNumber[] = [];
  const part = text.slice(0, 2_000);
  for (const match of part.matchAll(numberRun)) {
    const digits = match[0].replace(/[.,'’]+$/, '');
    const before = part.slice(Math.max(0, match.index - 12), match.index);
    const after = part.slice(match.index + match[0].length);
    if (!mayPrecede(before) || !mayFollow(after)) continue;
    const negative = isMinus(before, after, match[0] !== digits);
    const value = parseNumber(`${negative ? '-' : ''}${digits}`, decimal);
    if (value === undefined) continue;
    const end = match.index + digits.length;
    found.push({ value, percent: /^\s?%/.test(part.slice(end)), start: match.index, end });
  }
  return found;
}

function mayPrecede(before: string): boolean {
  if (/[\p{N}_/#.,\\:]$/u.test(before) || /\p{L}$/u.test(before)) return currencyBefore.test(before);
  return !/[\p{L}\p{N}_][-–−]$/u.test(before);
}

function mayFollow(after: string): boolean {
  if (/^\p{L}/u.test(after)) return currencyAfter.test(after);
  return !/^(?:[_/\\:]|[-–−][\p{L}\p{N}])/u.test(after);
}

/** A minus before (`-5`, `€ -5`, `-€5`), after (`5-`, but not the Swiss `5.-`), or brackets around. */
function isMinus(before: string, after: string, hadPunctuation: boolean): boolean {
  if (
    /[-–−]\s?[^\p{L}\p{N}\s]?\s?$/u.test(before) &&
    !/[\p{L}\p{N}]\s?[-–−]\s?[^\p{L}\p{N}\s]?\s?$/u.test(before)
  )
    return true;
  if (/^[-–−]/.test(after)) return !hadPunctuation;
  return /\([^\p{L}\p{N}\s)]?\s?$/u.test(before) && after.startsWith(')');
}

/** The decimal sign that a document's amounts use, by majority; `undefined` when none of them shows it. */
export function usualDecimalSign(texts: Iterable<string>): DecimalSign | undefined {
  let balance = 0;
  for (const text of texts) {
    for (const [run] of text.matchAll(/(?<![\d.,/-])\d[\d.,'’]*\d(?![/-])/g)) {
      const sign = /([.,])\d{2}$/.exec(run)?.[1];
      if (sign !== undefined && parseNumber(run) !== undefined) balance += sign === ',' ? 1 : -1;
    }
  }
  if (balance === 0) return undefined;
  return balance > 0 ? ',' : '.';
}

/** Ten-thousandths, for exact sums. */
export function toUnits(value: string): bigint {
  const [whole = '0', fraction = ''] = value.replace('-', '').split('.');
  const units = BigInt(whole + fraction.slice(0, 4).padEnd(4, '0'));
  return value.startsWith('-') ? -units : units;
}

/** The other way round, with at least two decimals. */
export function fromUnits(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(5, '0');
  const fraction = digits.slice(-4).replace(/0{1,2}$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -4)}.${fraction}`;
}
