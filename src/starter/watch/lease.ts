import type { Pool } from '../../platform/database.ts';
import type { WatchStatements } from '../../sql/watch.ts';

const holdMs = 15_000;

interface WatchRow {
  closed_since_ms: number | null;
  swept_at: string | null;
  swept_id: string | null;
}

/**
 * Which of the starters polls Temporal for a queue. A lease that is lost while its holder does not know costs some requests twice, and
 * nothing else: all writes are fenced.
 */
export class Lease {
  readonly #pool: Pool;
  readonly #statements: WatchStatements;
  readonly #holder: string;
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor({ pool, statements, holder }: { pool: Pool; statements: WatchStatements; holder: string }) {
    this.#pool = pool;
    this.#statements = statements;
    this.#holder = holder;
  }

  get held(): boolean {
    return performance.now() < this.#heldUntil;
  }

  /** Takes or renews it. `undefined`: another starter has it. `taken`: this one did not have it before. */
  async hold(): Promise<(WatchRow & { taken: boolean }) | undefined> {
    const askedAt = performance.now();
    const taken = !this.held;
    const { rows } = await this.#pool.query<WatchRow>(this.#statements.hold, [this.#holder, holdMs]);
    this.#heldUntil = rows[0] === undefined ? Number.NEGATIVE_INFINITY : askedAt + holdMs;
    return rows[0] && { ...rows[0], taken };
  }

  async keepClosedSince(ms: number): Promise<void> {
    await this.#pool.query(this.#statements.keepClosedSince, [this.#holder, ms]);
  }

  /** Where the sweep goes on; `undefined`: at the beginning. */
  async keepSwept(at?: { startedAt: string; id: string }): Promise<void> {
    await this.#pool.query(this.#statements.keepSwept, [this.#holder, at?.startedAt ?? null, at?.id ?? null]);
  }

  async letGo(): Promise<void> {
    if (!this.held) return;
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    await this.#pool.query(this.#statements.letGo, [this.#holder]);
  }
}
