/** So many rows whose time has come are tried again by one claim; with thousands of them others would wait too long. */
const triesAtOnce = 5;
const firstMs = 1_000;
const mostMs = 600_000;
/** As often as a breaker probes. */
const shortMs = 10_000;
/** So many rows are remembered that were refused, those refused last. Their history knows it too. */
const mostRemembered = 10_000;

/** Rows that could not be started, so that they keep nobody behind them waiting: each for longer with each refusal. */
export class PassedOver {
  readonly #until = new Map<string, number>();
  readonly #refusals = new Map<string, number>();

  /** An old run is still closing, or another row must end first: the row goes soon. */
  soon(id: string, now = Date.now()): void {
    this.#until.set(id, now + firstMs);
  }

  /**
   * The row was refused, and so many times before, as its history has it. Answers for how long it is passed over: `shortly` where
   * that does not depend on the row.
   */
  refused(id: string, before: number, now = Date.now(), { shortly = false } = {}): number {
    const refusals = Math.max(before, this.#refusals.get(id) ?? 0) + 1;
    this.#refusals.delete(id);
    this.#refusals.set(id, refusals);
    const [longestAgo] = this.#refusals.keys();
    if (this.#refusals.size > mostRemembered && longestAgo !== undefined) this.#refusals.delete(longestAgo);
    const ms = Math.min(firstMs * 2 ** (refusals - 1), shortly ? shortMs : mostMs);
    this.#until.set(id, now + ms);
    return ms;
  }

  started(id: string): void {
    this.#refusals.delete(id);
  }

  /**
   * The rows that the next claim passes over: all but a few of those whose time has come. These are let go, whatever the claim
   * makes of them: some wait no more. None of them after a claim of nothing else, as they may stand before all others.
   */
  next({ triesNone }: { triesNone: boolean }, now = Date.now()): { passOver: string[]; tries: number } {
    let tries = 0;
    for (const [id, until] of this.#until) {
      if (triesNone || until > now || tries >= triesAtOnce) continue;
      this.#until.delete(id);
      tries += 1;
    }
    return { passOver: [...this.#until.keys()], tries };
  }

  /** When the next of them may go, in milliseconds; `undefined`: there is none. */
  againInMs(now = Date.now()): number | undefined {
    let next: number | undefined;
    for (const until of this.#until.values()) next = Math.min(next ?? until, until);
    return next && Math.max(0, next - now);
  }
}
