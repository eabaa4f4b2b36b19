/** The longest stretch of a pattern without the `N` that stands for numbers, ids and times. */
export function commonPart(pattern: string): string {
  const parts = pattern.split('N').map((part) => part.trim());
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '');
  return longest.length >= 4 ? longest.slice(0, 500) : '';
}
