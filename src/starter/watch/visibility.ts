import { eachSideBySide } from '../../platform/side-by-side.ts';
import { searchText } from '../../platform/temporal-search.ts';
import { isOf } from './job-key.ts';
import type { WatchParts } from './parts.ts';
import { hasEnded, type WatchedRow } from './row.ts';
import type { ListedRun } from './runs.ts';
import type { Settled } from './settle.ts';

const pageSize = 500;
const sideBySide = 10;
/** Temporal's search lags behind: so far before the last one that was seen each look begins, and now and then farther. */
const overlaps = {
  usual: { ms: 2_000, everyMs: 0 },
  far: { ms: 10_000, everyMs: 2_000 },
  wide: { ms: 5 * 60_000, everyMs: 60_000 },
};
const mostRemembered = 10_000;
/** Where the first look begins. What ended before is found by the sweep. */
const firstLookMs = 60 * 60_000;

/** Goes through what Temporal's search finds of the queue's workflows since a time, which it keeps. */
export class Visibility {
  readonly #parts: WatchParts;
  readonly #what: 'closed' | 'running';
  readonly #looked = new Set<string>();
  #farAt = 0;
  #wideAt = 0;
  #startedSinceMs = Date.now() - firstLookMs;

  constructor(parts: WatchParts, what: 'closed' | 'running') {
    this.#parts = parts;
    this.#what = what;
  }

  /** Whether the next look goes farther back. */
  get looksWide(): boolean {
    return performance.now() >= this.#wideAt;
  }

  /**
   * Settles the jobs whose workflows have closed. Answers how many rows it settled.
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
      `ExecutionStatus != 'ContinuedAsNew' AND CloseTime >= '${this.#from(since)}'`,
      (row, run) => row.status === 'processing' || this.#mayBeReset(row, run),
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

  /** A later run of a job that has ended: it continued as new, or it was reset and has ended anew. Each is looked at once. */
  #mayBeReset(row: WatchedRow, { runId }: ListedRun): boolean {
    if (!hasEnded(row) || runId === row.run_id || this.#looked.has(runId)) return false;
    this.#looked.add(runId);
    const [longestAgo] = this.#looked;
    if (this.#looked.size > mostRemembered && longestAgo !== undefined) this.#looked.delete(longestAgo);
    return true;
  }

  #from(sinceMs: number): string {
    return new Date(sinceMs - this.#overlapMs()).toISOString();
  }

  #overlapMs(): number {
    const now = performance.now();
    const [wide, far] = [this.looksWide, now >= this.#farAt];
    if (wide) this.#wideAt = now + overlaps.wide.everyMs;
    if (wide || far) this.#farAt = now + overlaps.far.everyMs;
    return (wide ? overlaps.wide : far ? overlaps.far : overlaps.usual).ms;
  }

  async #look(condition: string, isMeant: (row: WatchedRow, run: ListedRun) => boolean) {
    const { runs, queue, budget } = this.#parts;
    const query = `WorkflowType = ${searchText(queue.workflowType)} AND TaskQueue = ${searchText(queue.taskQueue)} AND ${condition}`;
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

  async #settlePage(
    listed: readonly ListedRun[],
    isMeant: (row: WatchedRow, run: ListedRun) => boolean,
  ): Promise<number> {
    const { pool, statements, settle, follow, keys } = this.#parts;
    const known = (await keys.ofAll(listed)).flatMap((key, i) => {
      const run = listed[i];
      return key === undefined || run === undefined ? [] : [{ key, run }];
    });
    if (known.length === 0) return 0;
    const byId = Map.groupBy(known, ({ key }) => key.id);
    const { rows } = await pool.query<WatchedRow>(statements.rows, [[...byId.keys()]]);
    const meant = rows.filter((row) =>
      byId
        .get(row.id)
        ?.some(({ key, run }) => isOf(row, key) && key.attempt === row.attempt && isMeant(row, run)),
    );
    let settled = 0;
    await eachSideBySide(meant, sideBySide, async (row) => {
      const answer: Settled = await settle.settle(row, 'visibility');
      if (answer.kind === 'open' && answer.revived) follow(row);
      if (answer.kind !== 'left') settled += 1;
    });
    return settled;
  }
}
