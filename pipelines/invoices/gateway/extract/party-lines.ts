import { isCountryLine, isPostalLine } from './addresses.ts';
import { ibanIn, vatIdIn } from './identifiers.ts';
import { identifierLabels, numberLabels, partyRowLabels, salutations } from './labels.ts';
import { matchAt, phrases, tokenKeys, tokens as tokensOf } from './phrases.ts';

const knownIdentifiers = phrases({ ...identifierLabels, ignored: partyRowLabels.ignored });
const knownNames = phrases({ name: partyRowLabels.name });
const knownTitles = phrases({ title: numberLabels.title });

export const holdsNumbers = (text: string): boolean =>
  vatIdIn(text) !== undefined || ibanIn(text) !== undefined;

export const tidy = (line: string): string => line.replace(/[\s,;]+$/, '').slice(0, 200);

/** A line that belongs to no address: a labelled value, a web or e-mail address, a number of the party. */
export function isDetail(line: string): boolean {
  const tokens = tokensOf([{ text: line }]);
  if (tokens.length === 0) return true;
  const identifier = matchAt(tokens, 0, knownIdentifiers);
  if (identifier !== undefined && (identifier.length < tokens.length || /[:\d]/.test(line))) return true;
  return (
    /@|\bwww\.|https?:|^[^:]{2,40}:/.test(line) ||
    /^[^\p{L}]*\+?[\d ()./-]{7,}$/u.test(line) ||
    holdsNumbers(line)
  );
}

/** A line of nothing but a form of address: "Herrn", "Company", "To". */
export const isSalutation = (line: string): boolean => salutations.has(tokenKeys(line).join(' '));

/**
 * A party's name and the rest of its lines. What is no name is passed over: salutations, numbers, titles. No name is found where the
 * lines begin with the street.
 */
export function nameAndRest<Line extends { text: string }>(
  lines: readonly Line[],
): { name?: Line; rest: Line[] } {
  const own = lines
    .map((line) => ({ ...line, text: tidy(labelledName(line.text)) }))
    .filter(({ text }) => text !== '' && !isDetail(text) && !isSalutation(text));
  const [first, second, ...others] = own;
  if (first === undefined) return { rest: [] };
  const { text } = first;
  const isStreet =
    /\d/.test(text) && second !== undefined && isPostalLine(second.text) && !isPostalLine(text);
  if (isStreet || isPostalLine(text) || isCountryLine(text) || !/\p{L}{2}/u.test(text)) return { rest: own };
  const isTitle = matchAt(tokensOf([first]), 0, knownTitles) !== undefined && /\d/.test(text);
  if (isTitle) return { rest: [] };
  return {
    name: { ...first, text: withoutSalutation(text) },
    rest: second === undefined ? [] : [second, ...others],
  };
}

/** "Name: Acme" is Acme. */
function labelledName(line: string): string {
  const [, label = '', value = ''] = /^([^:]{2,30}):\s*(.+)$/.exec(line) ?? [];
  const tokens = tokensOf([{ text: label }]);
  return matchAt(tokens, 0, knownNames)?.length === tokens.length && tokens.length > 0 ? value : line;
}

/** "Herrn Max Mustermann" is Max Mustermann; "Firma" stays where it is all. */
function withoutSalutation(name: string): string {
  const [, first = '', rest = ''] = /^(\S+)\s+(.+)$/.exec(name) ?? [];
  return rest !== '' &&
    /^(?:herrn?|frau|firma|mr|mrs|ms|dhr|mevr|mme|monsieur|madame|sig|sr|sra|pan|pani)\.?$/i.test(first)
    ? rest
    : name;
}
