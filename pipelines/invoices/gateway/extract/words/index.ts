import { danish } from './danish.ts';
import { dutch } from './dutch.ts';
import { english } from './english.ts';
import { french } from './french.ts';
import { german } from './german.ts';
import { italian } from './italian.ts';
import { polish } from './polish.ts';
import { portuguese } from './portuguese.ts';
import { spanish } from './spanish.ts';
import { swedish } from './swedish.ts';
import type { Words } from './words.ts';

/** The languages that are read. A new one is a file and a line. */
export const languages: readonly Words[] = [
  english,
  german,
  french,
  dutch,
  spanish,
  italian,
  portuguese,
  polish,
  swedish,
  danish,
];

/** One list of all languages, the strongest words of each first: where a word stands tells its strength in any of them. */
export function merged(pick: (words: Words) => readonly string[]): string[] {
  const lists = languages.map(pick);
  const longest = Math.max(...lists.map(({ length }) => length));
  const words = Array.from({ length: longest }, (_, rank) =>
    lists.flatMap((list) => list[rank] ?? []),
  ).flat();
  return [...new Set(words)];
}
