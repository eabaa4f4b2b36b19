import { sleep } from '../../platform/shutdown.ts';

/** What may wait asks Temporal no more often than this, so that a hundred thousand open jobs cost no more than a hundred. */
export class Budget {
  readonly #everyMs: number;
  readonly #signal: AbortSignal;
  #nextAt = 0;

  constructor({ perSecond, signal }: { perSecond: number; signal: AbortSignal }) {
    this.#everyMs = 1000 / perSecond;
    this.#signal = signal;
  }

  /**
   * Waits for the turn of one request.
   * @throws when the signal is aborted
   */
  async take(): Promise<void> {
    const now = performance.now();
    const at = Math.max(this.#nextAt, now);
    this.#nextAt = at + this.#everyMs;
    if (at > now) await sleep(at - now, this.#signal);
    this.#signal.throwIfAborted();
  }
}
