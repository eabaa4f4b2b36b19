import { performance } from 'node:perf_hooks';
import type { HealthCheck } from '../platform/health.ts';
import type { Logger } from '../platform/logging.ts';
import { claimedJobs, claimPassSeconds } from '../platform/metrics.ts';
import type { PassCounts, Starter } from './starter.ts';

/**
 * The passes of one queue's claim loop, in view: each is a debug line and a metric, and the loop counts as well for so long
 * after one that reached Postgres.
 */
export class ClaimPasses {
  readonly #queue: string;
  readonly #label: string;
  readonly #log: Logger;
  #number = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #startedAt = performance.now();

  /** @param label what metrics call the queue; left out: its name */
  constructor(queue: string, log: Logger, label = queue) {
    this.#queue = queue;
    this.#label = label;
    this.#log = log;
  }

  /** How long ago a pass started something, in milliseconds; at first, how long ago the loop began. */
  get sinceStartMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** One pass. `undefined`: it failed, which is logged unless the process ends. */
  async make(starter: Pick<Starter, 'runOnce'>, signal: AbortSignal): Promise<PassCounts | undefined> {
    const queue = this.#queue;
    const began = performance.now();
    this.#number += 1;
    const counts = await starter.runOnce().catch((error: unknown) => {
      if (!signal.aborted) this.#log.error({ err: error, queue }, 'the claim failed; nothing was claimed');
      return undefined;
    });
    const now = performance.now();
    if (counts !== undefined) this.#lastAt = now;
    if (counts !== undefined && counts.started > 0) this.#startedAt = now;
    const outcome = counts === undefined ? 'failed' : 'made';
    claimPassSeconds.observe({ queue: this.#label, outcome }, (now - began) / 1000);
    claimedJobs.inc({ queue: this.#label }, counts?.started ?? 0);
    const tookMs = Math.round((now - began) * 10) / 10;
    this.#log.debug(
      { queue, pass: this.#number, claimed: counts?.started, heldBy: counts?.heldBy, tookMs },
      'claim pass',
    );
    return counts;
  }

  /** Fails while no pass has reached Postgres within `staleMs`: before the first one, and when the loop is stuck. */
  check(staleMs: number): HealthCheck {
    return {
      name: `claim loop of ${this.#queue}`,
      check: async () => {
        if (performance.now() - this.#lastAt > staleMs) throw new Error(`no pass for ${staleMs} ms`);
      },
    };
  }
}

/** How long after a pass a loop counts as stuck: what the settings say, or well beyond the longest of its pauses. */
export function staleAfterMs(settings: {
  claimStaleMs?: number | undefined;
  pollIntervalMs: number;
}): number {
  return Math.max(settings.claimStaleMs ?? settings.pollIntervalMs * 3 + 60_000, settings.pollIntervalMs * 2);
}
