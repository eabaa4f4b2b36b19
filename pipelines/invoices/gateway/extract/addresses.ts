import { tokenKeys } from './phrases.ts';
import { countryNames, legalForms } from './places.ts';

const postalLines = [
  /(?<![\p{L}\d])\d{4}\s?[A-Z]{2}\s+\p{L}{2}/u, // 3012 CN Rotterdam
  /^(?:[A-Z]{1,2}[- ]\s?)?\d{4,5}\s+\p{Lu}[\p{L}' -]+/u, // 80333 München, CH-8001 Zürich
  /\d[a-z]?,\s(?:[A-Z]{1,2}[- ])?(?:\d{4,5}|\d{2,4}-\d{3}|\d{3}\s\d{2})\s+\p{Lu}[\p{L}' -]+/u, // Corso Italia 18, 20122 Milano
  /^(?:PT?[- ]?)?\d{4}-\d{3}\s+\p{Lu}/u, // 1200-109 Lisboa
  /^(?:PL[- ]?)?\d{2}-\d{3}\s+\p{Lu}/u, // 00-950 Warszawa
  /^(?:SE?[- ])?\d{3}\s\d{2}\s+\p{Lu}/u, // 111 22 Stockholm
  /\p{L}{2},?\s+[A-Z]{2}\s+\d{5}(?:-\d{4})?(?:$|,|\s)/u, // Fremont CA 94538
  /(?<![A-Z\d])[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}(?:$|,|\s)/, // SW1A 1AA
  /\p{L}{2}[\s,-]+\d{3}\s?\d{3}(?:$|,|\s)/u, // Lucknow 226010
  /(?<![A-Z\d])[ABCEGHJ-NPR-TVXY]\d[A-Z]\s?\d[A-Z]\d(?!\d)/, // K1A 0B1
  /\p{L}{2},?\s+(?:NSW|VIC|QLD|TAS|ACT|SA|WA|NT)\s+\d{4}(?:$|,|\s)/u, // Sydney NSW 2000
];

const states = new Set(
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR'.split(
    ' ',
  ),
);

const countries = new Map(
  Object.entries(countryNames).flatMap(([code, names]) =>
    names.map((name) => [tokenKeys(name).join(' '), code]),
  ),
);
const endings = legalForms.map((form) => tokenKeys(form).join(' '));

/** Whether a line of an address holds postal code and town. */
export const isPostalLine = (line: string): boolean =>
  line.length <= 100 && postalLines.some((pattern) => pattern.test(line));

/** Whether a line is a country's name and nothing else. */
export const isCountryLine = (line: string): boolean => countries.has(tokenKeys(line).join(' '));

/** The country that a line names: the whole line, or its last part after a comma or a dash. */
function countryNamed(line: string): string | undefined {
  const parts = [line, ...line.split(/[,–-]/)].map((part) => tokenKeys(part.replaceAll(/\d/g, '')).join(' '));
  return (
    countries.get(parts[0] ?? '') ?? countries.get(parts.at(-1) ?? '') ?? countries.get(parts.at(-2) ?? '')
  );
}

/** The country of an address: by name, by the prefix of its postal code, or by a state of the USA. */
export function countryOf(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    const named = countryNamed(line);
    if (named !== undefined) return named;
  }
  for (const line of lines) {
    const state = /\s([A-Z]{2})\s+\d{5}(?:-\d{4})?$/.exec(line)?.[1];
    if (state !== undefined && states.has(state)) return 'US';
    const prefix = /^(D|A|F|B|L|CH|NL|DE|AT|FR|BE|LU)[- ]\s?\d{4,5}\s/.exec(line)?.[1];
    const code = prefix && ({ D: 'DE', A: 'AT', F: 'FR', B: 'BE', L: 'LU' }[prefix] ?? prefix);
    if (code !== undefined) return code;
  }
  return undefined;
}

/** Whether a short text ends as company names do: "GmbH", "B.V.", "Pvt. Ltd." */
export function isCompanyName(text: string): boolean {
  const keys = tokenKeys(text);
  if (keys.length < 2 || keys.length > 8 || /[:@\d]/.test(text) || !/^\p{Lu}/u.test(text)) return false;
  return endings.some((ending) => keys.join(' ').endsWith(` ${ending}`));
}
