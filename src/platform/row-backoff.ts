const firstMs = 60_000;
const mostMs = 60 * 60_000;

/** How long a row is left alone that did not take its repair: a minute, and twice as long at each failure, an hour at most. */
export class RowBackoff {
  readonly #now: () => number;
  readonly #waits = new Map<string, { ms: number; until: number }>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  isWaiting(row: string): boolean {
    return (this.#waits.get(row)?.until ?? Number.NEGATIVE_INFINITY) > this.#now();
  }

  /** Answers for how long it is left alone, in milliseconds. */
  failed(row: string): number {
    const now = this.#now();
    // What was not looked at again for so long is gone, or was mended by somebody else.
    for (const [old, { until }] of this.#waits) if (until + mostMs < now) this.#waits.delete(old);
    const ms = Math.min((this.#waits.get(row)?.ms ?? firstMs / 2) * 2, mostMs);
    this.#waits.set(row, { ms, until: now + ms });
    return ms;
  }

  repaired(row: string): void {
    this.#waits.delete(row);
  }
}
