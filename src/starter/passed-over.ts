const firstMs = 1_000;
const mostMs = 600_000;
/** A row that was not met for so long after its time is gone, or was started by another starter. */
const forgottenMs = 3_600_000;

/** Rows that could not be started, so that they keep nobody behind them waiting: each for longer with each refusal. */
export class PassedOver {
  readonly #rows = new Map<string, { until: number; refusals: number }>();

  /** An old run is still closing, or another row must end first: the row goes soon. */
  soon(id: string, now = Date.now()): void {
    this.#rows.set(id, { until: now + firstMs, refusals: this.#rows.get(id)?.refusals ?? 0 });
  }

  /** The row was refused, and so many times before, as its history has it. Answers for how long it is passed over. */
  refused(id: string, before: number, now = Date.now()): number {
    const refusals = Math.max(before, this.#rows.get(id)?.refusals ?? 0) + 1;
    const ms = Math.min(firstMs * 2 ** (refusals - 1), mostMs);
    this.#rows.set(id, { until: now + ms, refusals });
    return ms;
  }

  started(id: string): void {
    this.#rows.delete(id);
  }

  /** The rows whose time has not come. */
  ids(now = Date.now()): string[] {
    for (const [id, { until }] of this.#rows) if (until + forgottenMs < now) this.#rows.delete(id);
    return [...this.#rows].flatMap(([id, { until }]) => (until > now ? [id] : []));
  }

  /** When the next of them may go, in milliseconds; `undefined`: there is none. */
  againInMs(now = Date.now()): number | undefined {
    let next: number | undefined;
    for (const { until } of this.#rows.values()) if (until > now) next = Math.min(next ?? until, until);
    return next && next - now;
  }
}
