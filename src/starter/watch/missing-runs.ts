import type { WatchedRow } from './row.ts';

const defaultGoneMs = 5 * 60_000;
const mostRemembered = 100_000;

/** Since when Temporal has not had the workflows of jobs in flight. One that is not remembered is waited for anew. */
export class MissingRuns {
  readonly #goneMs: number;
  readonly #since = new Map<string, number>();

  constructor(goneMs = defaultGoneMs) {
    this.#goneMs = goneMs;
  }

  /** To be asked each time that Temporal does not have it: whether that has been so for long enough. */
  isGone(row: WatchedRow, now = performance.now()): boolean {
    const key = keyOf(row);
    const since = this.#since.get(key) ?? now;
    if (this.#since.size < mostRemembered) this.#since.set(key, since);
    return row.age_ms >= this.#goneMs && now - since >= this.#goneMs;
  }

  found(row: WatchedRow): void {
    this.#since.delete(keyOf(row));
  }
}

const keyOf = ({ id, run_id: runId }: WatchedRow): string => `${id} ${runId}`;
