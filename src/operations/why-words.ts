const longest = 300;

/** A name that anybody chose, in a sentence. */
export const quoted = (name: string): string => JSON.stringify(shortened(name));

/** A text that anybody wrote, in a sentence. */
export const shortened = (text: string): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** A command of `switchyard`, with words that a shell takes as they are. */
export const command = (...words: string[]): string => ['switchyard', ...words.map(shellWord)].join(' ');

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02 */
const shellWord = (word: string): string =>
  /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** `1 job`, `2 jobs`, `1000 or more jobs` where no more were counted. */
export function countOf(number: number, word: string, most = Number.POSITIVE_INFINITY): string {
  const plural = number === 1 ? word : `${word}s`;
  return number >= most ? `${most} or more ${plural}` : `${number} ${plural}`;
}
