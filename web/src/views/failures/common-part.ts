/** The longest stretch of a pattern without the `N` that stands for numbers, ids and times. `sample` is a message of that pattern. */
export function commonPart(pattern: string, sample: string): string {
  const whole = longestOf(pattern.split(/(?<![A-Z])N(?![A-Z])/));
  // An N beside a capital letter may stand for a number as well: then the sample does not have it.
  const part = sample.includes(whole) ? whole : longestOf(pattern.split('N'));
  return part.length >= 4 ? part.slice(0, 500) : '';
}

const longestOf = (parts: readonly string[]): string =>
  parts
    .map((part) => part.replace(/^[\s:;,.)]+|[\s:;,(]+$/g, ''))
    .reduce((best, part) => (part.length > best.length ? part : best), '');
