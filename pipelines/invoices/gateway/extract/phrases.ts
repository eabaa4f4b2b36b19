/** A word or part of one in its bare form, and which of the words it came from. */
export interface Token {
  key: string;
  word: number;
}

/** Phrases by their first token, longest first. */
export type Phrases<Kind> = Map<string, { tokens: string[]; kind: Kind; rank: number }[]>;

export interface PhraseMatch<Kind> {
  kind: Kind;
  /** Where the phrase stood in its list: lower is stronger. */
  rank: number;
  /** In tokens. */
  start: number;
  length: number;
}

/** Lower case, without accents and punctuation: `N° de d'Échéance:` → `no de d echeance`. `%` and `#` stay. */
export function tokenKeys(text: string): string[] {
  return text
    .slice(0, 1_000)
    .replaceAll(/n\.?\s?[°º]/gi, 'no ')
    .replaceAll('°', 'o')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .split(/[^\p{L}\p{N}%#]+/u)
    .flatMap((part) => part.match(/[#%]|[^#%]+/g) ?? [])
    .filter((part) => part !== '');
}

export function tokens(words: readonly { text: string }[]): Token[] {
  return words.flatMap(({ text }, word) => tokenKeys(text).map((key) => ({ key, word })));
}

/**
 * Compiles lists of phrases for matching. A phrase that begins with `*` also matches compounds that end in its first
 * word: `*rechnung nr` matches "Handelsrechnung Nr.".
 */
export function phrases<Kind extends string>(lists: Record<Kind, readonly string[]>): Phrases<Kind> {
  const compiled: Phrases<Kind> = new Map();
  for (const kind of Object.keys(lists) as Kind[]) {
    lists[kind].forEach((phrase, rank) => {
      const keys = tokenKeys(phrase.replace('*', ''));
      const first = phrase.startsWith('*') ? '*' : (keys[0] ?? '');
      compiled.set(first, [...(compiled.get(first) ?? []), { tokens: keys, kind, rank }]);
    });
  }
  for (const group of compiled.values()) group.sort((a, b) => b.tokens.length - a.tokens.length);
  return compiled;
}

/** The longest phrase that begins at `start`, if any. */
export function matchAt<Kind>(
  list: readonly Token[],
  start: number,
  known: Phrases<Kind>,
): PhraseMatch<Kind> | undefined {
  const first = list[start]?.key;
  if (first === undefined) return undefined;
  const exact = known
    .get(first)
    ?.find(({ tokens }) => tokens.every((key, i) => list[start + i]?.key === key));
  const compound = known
    .get('*')
    ?.find(({ tokens }) =>
      tokens.every((key, i) => (i === 0 ? isCompound(first, key) : list[start + i]?.key === key)),
    );
  const found = longer(exact, compound);
  return found && { kind: found.kind, rank: found.rank, start, length: found.tokens.length };
}

/** German words that end like a compound of "Rechnung" and are none: "Abrechnung", "Berechnung", "Umrechnung". */
const derived = /(?:ab|be|um|an|ver|auf|vor|zu|hoch|nach|ein)$/;

function isCompound(word: string, ending: string): boolean {
  if (!word.endsWith(ending)) return false;
  const before = word.slice(0, -ending.length);
  return !(ending.startsWith('rechnung') && derived.test(before));
}

function longer<T extends { tokens: string[] }>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.tokens.length > a.tokens.length ? b : a;
}

/** Every phrase in a list of tokens, left to right, none overlapping another. */
export function matchAll<Kind>(list: readonly Token[], known: Phrases<Kind>): PhraseMatch<Kind>[] {
  const found: PhraseMatch<Kind>[] = [];
  for (let i = 0; i < list.length; ) {
    const match = matchAt(list, i, known);
    if (match !== undefined) found.push(match);
    i += match?.length ?? 1;
  }
  return found;
}
