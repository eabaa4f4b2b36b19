import { eachSideBySide } from '../../platform/side-by-side.ts';
import { isOf } from './job-key.ts';
import type { WatchParts } from './parts.ts';
import { hasEnded, type WatchedRow } from './row.ts';
import { type ListedRun, quoted } from './runs.ts';
import type { Settled } from './settle.ts';

const pageSize = 500;
const sideBySide = 10;
/** Temporal's search lags behind: so far before the last one that was seen each look begins, and now and then much farther. */
const overlapMs = { usual: 10_000, wide: 5 * 60_000 };
const wideEveryMs = 60_000;
/** Where the first look begins. What ended before is found by the sweep. */
const firstLookMs = 60 * 60_000;

/** Goes through what Temporal's search finds of the queue's workflows since a time, which it keeps. */
export class Visibility {
  readonly #parts: WatchParts;
  readonly #what: 'closed' | 'running';
  #wideAt = 0;
  #startedSinceMs = Date.now() - firstLookMs;

  constructor(parts: WatchParts, what: 'closed' | 'running') {
    this.#parts = parts;
    this.#what = what;
  }

  /**
   * Settles the jobs in flight whose workflows have closed. Answers how many rows it settled.
   * @throws when Temporal or Postgres is away: the next look begins where this one did
   */
  async closedOnce({
    sinceMs,
    keep,
  }: {
    sinceMs: number | undefined;
    keep: (ms: number) => Promise<void>;
  }): Promise<number> {
    const since = sinceMs ?? Date.now() - firstLookMs;
    const { settled, lastMs } = await this.#look(
      `CloseTime >= '${this.#from(since)}'`,
      (row) => row.status === 'processing',
    );
    if (lastMs !== undefined && lastMs !== sinceMs) await keep(lastMs);
    return settled;
  }

  /** Settles the jobs that have ended and whose workflows run again: they were reset. Answers how many rows it settled. */
  async resetOnce(): Promise<number> {
    const from = this.#from(this.#startedSinceMs);
    const { settled, lastMs } = await this.#look(
      `ExecutionStatus = 'Running' AND StartTime >= '${from}'`,
      hasEnded,
    );
    this.#startedSinceMs = lastMs ?? this.#startedSinceMs;
    return settled;
  }

  #from(sinceMs: number): string {
    const wide = performance.now() >= this.#wideAt;
    if (wide) this.#wideAt = performance.now() + wideEveryMs;
    return new Date(sinceMs - (wide ? overlapMs.wide : overlapMs.usual)).toISOString();
  }

  async #look(condition: string, isMeant: (row: WatchedRow) => boolean) {
    const { runs, queue, budget } = this.#parts;
    const query = `WorkflowType = ${quoted(queue.workflowType)} AND TaskQueue = ${quoted(queue.taskQueue)} AND ${condition}`;
    let settled = 0;
    let lastMs: number | undefined;
    let token: Uint8Array | undefined;
    do {
      if (token !== undefined) await budget.take();
      const page = await runs.list(query, { pageSize, token });
      for (const run of page.runs)
        lastMs = Math.max(lastMs ?? 0, this.#what === 'closed' ? run.closedAtMs : run.startedAtMs);
      settled += await this.#settlePage(page.runs, isMeant);
      token = page.next;
    } while (token !== undefined);
    return { settled, lastMs };
  }

  async #settlePage(listed: readonly ListedRun[], isMeant: (row: WatchedRow) => boolean): Promise<number> {
    const { pool, statements, settle, follow, keys } = this.#parts;
    const known = (await keys.ofAll(listed)).filter((key) => key !== undefined);
    if (known.length === 0) return 0;
    const byId = Map.groupBy(known, ({ id }) => id);
    const { rows } = await pool.query<WatchedRow>(statements.rows, [[...byId.keys()]]);
    const isKnown = (row: WatchedRow) =>
      byId.get(row.id)?.some((key) => isOf(row, key) && key.attempt === row.attempt);
    const meant = rows.filter((row) => isKnown(row) && isMeant(row));
    let settled = 0;
    await eachSideBySide(meant, sideBySide, async (row) => {
      const answer: Settled = await settle.settle(row, 'visibility');
      if (answer.kind === 'open' && answer.revived) follow(row);
      if (answer.kind !== 'left') settled += 1;
    });
    return settled;
  }
}
