import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean X?` where one of the names is near to what was written; else ''. */
export function didYouMean(written: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const near = closest(written, names);
  const most = Math.ceil(Math.max(written.length, near.length) / 3);
  return distance(written, near) <= most ? `; did you mean ${JSON.stringify(near)}?` : '';
}
