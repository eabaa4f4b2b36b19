import { currencyCodes, currencySigns } from './currencies.ts';
import type { Found } from './evidence.ts';
import { currencyLabels } from './labels.ts';
import { type Row, rowText } from './layout.ts';
import { locate, spanOf } from './locate.ts';
import { phrases } from './phrases.ts';

const knownLabels = phrases(currencyLabels);

const escaped = (text: string): string => text.replaceAll(/[$.]/g, '\\$&');
const longestFirst = (words: readonly string[]): string =>
  words
    .toSorted((a, b) => b.length - a.length)
    .map(escaped)
    .join('|');
const signs = longestFirst([...Object.keys(currencySigns), ...currencyCodes, '$', '¥', 'kr']);
const before = new RegExp(`(?<![\\p{L}$])(${signs})\\.?\\s?[-–−(]?\\d`, 'giu');
const after = new RegExp(`\\d[,.]?-?\\s?(${signs})(?![\\p{L}$])`, 'giu');
const inBrackets = new RegExp(`\\((${signs})\\)`, 'giu');
const codeAlone = new RegExp(`^(?:in )?(${signs})(?![\\p{L}$])`, 'iu');

const bySign = new Map<string, string>([
  ...Object.entries(currencySigns).map(([sign, code]): [string, string] => [sign.toLowerCase(), code]),
  ...currencyCodes.map((code): [string, string] => [code.toLowerCase(), code]),
]);

/** What the parties' countries make of a sign that several currencies share. */
const sharedSigns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  $: { US: 'USD', CA: 'CAD', AU: 'AUD', NZ: 'NZD', SG: 'SGD' },
  '¥': { JP: 'JPY', CN: 'CNY' },
  kr: { SE: 'SEK', NO: 'NOK', DK: 'DKK' },
};

const worth = { named: 0.97, used: 0.9, usedMost: 0.6 } as const;

/**
 * The currency that the document names, or else the one whose sign or code stands beside most amounts. A lone `$` is
 * taken for US dollars unless the seller's country has a dollar of its own. Without any sign it is not found.
 */
export function currencyOf(rows: readonly Row[], country: string | undefined): Found | undefined {
  for (const candidate of locate(rows, knownLabels)) {
    const sign = codeAlone.exec(candidate.text)?.[1];
    const named = sign && meaning(sign, country);
    if (sign === undefined || named === undefined) continue;
    const { row } = candidate.from;
    const reason = `label "${candidate.label.text}"`;
    return { value: named, confidence: worth.named, row, at: spanOf(candidate, sign), reason };
  }
  return mostUsed(rows, country);
}

function mostUsed(rows: readonly Row[], named: string | undefined): Found | undefined {
  const country = named ?? countryByWords(rows);
  const seen = new Map<string, { times: number; row: Row }>();
  for (const row of rows) {
    const text = rowText(row).slice(0, 2_000);
    for (const pattern of [before, after, inBrackets]) {
      for (const [, sign = ''] of text.matchAll(pattern)) {
        const code = isWritten(sign) ? meaning(sign, country) : undefined;
        if (code === undefined) continue;
        const { times, row: first } = seen.get(code) ?? { times: 0, row };
        seen.set(code, { times: times + 1, row: first });
      }
    }
  }
  const [most, next] = [...seen].sort(([, a], [, b]) => b.times - a.times);
  if (most === undefined) return inLabels(rows, country);
  const [value, { times, row }] = most;
  const isAlone = next === undefined || times >= next[1].times * 2;
  return {
    value,
    confidence: isAlone ? worth.used : worth.usedMost,
    row,
    reason: `stands beside ${times} of the amounts`,
  };
}

/** A sign or code that stands alone in a heading or in the label of a sum: "Unit price €", "Total DKK". */
function inLabels(rows: readonly Row[], country: string | undefined): Found | undefined {
  const found = rows.flatMap((row) =>
    row.segments
      .filter(({ text, tokens }) => tokens.length <= 6 && !/\d/.test(text))
      .flatMap(({ text, x0, x1 }) => {
        const code = codeAtEnd.exec(text)?.[1];
        const value = code === undefined ? undefined : meaning(code, country);
        return value === undefined ? [] : [{ value, row, at: { x0, x1 } }];
      }),
  );
  const [first] = found;
  const isOne = new Set(found.map(({ value }) => value)).size === 1;
  return first && isOne ? { ...first, confidence: worth.usedMost, reason: 'stands in a label' } : undefined;
}

/** Codes count as they are written: "ALL" and "all", "TOP" and "top". */
const codeAtEnd = /(?:^|\s|\()(€|£|\$|EUR|USD|GBP|CHF|SEK|DKK|NOK|PLN|CZK|HUF|RON|CAD|AUD)\)?$/;

/** Signs of two letters count as they are written: `Ft` is a forint, `FT 2024` a series of numbers. */
const isWritten = (sign: string): boolean =>
  !/^(?:ft|fr|sfr)$/i.test(sign) || Object.hasOwn(currencySigns, sign);

/** Words that only invoices of one country with a crown of its own have. */
function countryByWords(rows: readonly Row[]): string | undefined {
  const text = rows.map(rowText).join(' ').slice(0, 20_000);
  if (/(?<!\p{L})CVR(?!\p{L})/u.test(text)) return 'DK';
  if (/bankgiro|förfallo|org\.? ?nr/iu.test(text)) return 'SE';
  return /(?<!\p{L})MVA(?!\p{L})/u.test(text) ? 'NO' : undefined;
}

function meaning(sign: string, country: string | undefined): string | undefined {
  const shared = sharedSigns[sign.toLowerCase()];
  if (shared === undefined) return bySign.get(sign.toLowerCase());
  return shared[country ?? ''] ?? (sign === '$' ? 'USD' : undefined);
}
