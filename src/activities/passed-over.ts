const first = 60_000;
const most = 60 * 60_000;

/** What could not be mended and is looked at again later, after twice the time at each failure: a minute at first, an hour at most. */
export class PassedOver {
  readonly #now: () => number;
  readonly #entries = new Map<string, { waitMs: number; until: number }>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  has(key: string): boolean {
    return (this.#entries.get(key)?.until ?? Number.NEGATIVE_INFINITY) > this.#now();
  }

  /** Answers for how long, in milliseconds. */
  add(key: string): number {
    const now = this.#now();
    // What was not looked at again for so long is gone, or was mended by somebody else.
    for (const [old, { until }] of this.#entries) if (until + most < now) this.#entries.delete(old);
    const waitMs = Math.min((this.#entries.get(key)?.waitMs ?? first / 2) * 2, most);
    this.#entries.set(key, { waitMs, until: now + waitMs });
    return waitMs;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
