/** A full scan that takes longer than this many milliseconds steps over dead index entries. */
const slowMs = 3;
/** Full scans may take this part of the time. */
const shareOfTime = 1 / 20;

/**
 * Where a claim begins to read. Rows that were claimed leave dead index entries, and as long as an old snapshot is held
 * open somewhere vacuum cannot remove them: each claim then steps over all of them. So while full scans are slow, a claim
 * begins at the last row that was claimed, and only now and then at the beginning, where a row that sorts before it waits.
 * As long as full scans are fast every claim makes one, and the order is exact.
 */
export class ClaimBound {
  #lastId: string | undefined;
  #nextFullScanAt = 0;

  #nextFewAt = 0;

  /** Whether to look first for a few rows, which steps over dead entries too. */
  mayTakeFew(now = performance.now()): boolean {
    return now >= this.#nextFewAt && this.begin(now) === undefined;
  }

  /** A look for a few rows, with the count of jobs in flight, took `tookMs`. */
  lookedForFew(tookMs: number, now = performance.now()): void {
    this.#nextFewAt = tookMs > 2 * slowMs ? now + tookMs / shareOfTime : 0;
  }

  /** The id of the row to begin at; `undefined`: make a full scan. */
  begin(now = performance.now()): string | undefined {
    return now < this.#nextFullScanAt ? this.#lastId : undefined;
  }

  /** A claim that began at the bound found all it wanted. */
  moved(lastId: string | undefined): void {
    this.#lastId = lastId;
  }

  /** A full scan took `tookMs` and ended with this row. */
  scanned(lastId: string | undefined, tookMs: number, now = performance.now()): void {
    this.#lastId = lastId;
    this.#nextFullScanAt = tookMs > slowMs ? now + tookMs / shareOfTime : 0;
  }
}
