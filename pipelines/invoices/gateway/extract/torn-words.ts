import * as labels from './labels.ts';
import { tokenKeys } from './phrases.ts';

/** Shorter words may be two words by chance. */
const shortest = 6;
const mostPieces = 4;

const lists: Readonly<Record<string, readonly string[]>>[] = [
  labels.columnLabels,
  labels.dateLabels,
  labels.identifierLabels,
  labels.numberLabels,
  labels.partyLabels,
  labels.sectionLabels,
  labels.titleLabels,
  labels.totalLabels,
];
const known = new Set(lists.flatMap((list) => Object.values(list).flat().flatMap(tokenKeys)));

/**
 * Into how many words the text from `start` on was torn, where together they are a word of our labels and not all of them are one alone:
 * some fonts are kerned so widely that "Rechnungskor rektur" seems to be two words. Otherwise 1.
 */
export function tornPieces(texts: readonly string[], start: number): number {
  for (let count = Math.min(mostPieces, texts.length - start); count > 1; count -= 1) {
    const pieces = texts.slice(start, start + count);
    if (pieces.slice(1).some((text) => !/^\p{Ll}/u.test(text))) continue;
    const [word = '', ...others] = tokenKeys(pieces.join(''));
    const isWord = others.length === 0 && word.length >= shortest && known.has(word);
    if (isWord && !pieces.every(isKnown)) return count;
  }
  return 1;
}

const isKnown = (text: string): boolean => tokenKeys(text).every((key) => known.has(key));
