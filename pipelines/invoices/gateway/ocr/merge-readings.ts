import type { TextItem } from '../text.ts';

/** A word that an engine read. */
export interface SureItem extends TextItem {
  confidence: number;
}

/**
 * Two readings of one page at different sizes as one: at each place the words that are surer, and words that only one of them has.
 * What an engine misreads at one size it mostly reads at another.
 */
export function mergeReadings(first: readonly SureItem[], second: readonly SureItem[]): SureItem[] {
  const kept = new Set(first);
  for (const item of second) {
    const rivals = first.filter((other) => kept.has(other) && isSamePlace(item, other));
    const sure = rivals.reduce((sum, { confidence }) => sum + confidence, 0) / Math.max(1, rivals.length);
    if (item.confidence <= sure) continue;
    for (const rival of rivals) kept.delete(rival);
    kept.add(item);
  }
  return [...kept];
}

function isSamePlace(a: TextItem, b: TextItem): boolean {
  const shared = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const isSameLine = Math.abs(a.y - b.y) < Math.min(a.height, b.height) / 2;
  return isSameLine && shared > Math.min(a.width, b.width) / 2;
}
