import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import { sleep } from '../../platform/shutdown.ts';
import { type LiveRow, readEnd, readEvents, readTransactions } from './event-queries.ts';
import { type IdRange, mostGaps, Position } from './position.ts';

/** What was committed between two looks. */
export interface EventBatch {
  from: Position;
  to: Position;
  rows: readonly LiveRow[];
}

/** Who follows the events. */
export interface EventListener {
  take(batch: EventBatch): void;
  /** Events were left out: more came at once than are sent on, or the database is another one. */
  reset(position: Position): void;
}

export interface EventReaderOptions {
  pool: Pool;
  log: Logger;
  /** From one look at the database to the next, in milliseconds. */
  everyMs?: number;
  /** More events than this between two looks are not sent on. */
  mostEvents?: number;
}

/** How many events back a reader that starts looks for gaps, and a client may resume. */
const window = 10_000;
const afterErrorMs = 1_000;
const settleEveryMs = 1_000;

/**
 * Reads events as they become visible, once for all who listen in this process, and only while somebody does. It looks every 100 ms:
 * two index scans that find nothing cost less than a NOTIFY, which would make the COMMITs of all writers wait for each other.
 */
export class EventReader {
  readonly #options: Required<EventReaderOptions>;
  readonly #listeners = new Set<EventListener>();
  #position: Position | undefined;
  #starting: Promise<void> | undefined;
  /** Aborted when nobody listens any more. */
  #idle = new AbortController();
  #floor = 0;
  #settledAt = 0;

  constructor(options: EventReaderOptions) {
    this.#options = { everyMs: 100, mostEvents: 2_000, ...options };
  }

  /** Whether it looks at the database: only while somebody listens. */
  get running(): boolean {
    return this.#position !== undefined;
  }

  /** From where on a client can resume without a loss. */
  get floor(): number {
    return Math.max(this.#floor, this.#position === undefined ? 0 : this.#position.high - window);
  }

  /**
   * Hears everything that becomes visible after the position that is answered.
   * @throws when the database cannot be read now
   */
  async listen(listener: EventListener): Promise<Position> {
    this.#listeners.add(listener);
    if (this.#idle.signal.aborted) this.#idle = new AbortController();
    try {
      while (this.#position === undefined) {
        this.#starting ??= this.#start().finally(() => {
          this.#starting = undefined;
        });
        await this.#starting;
      }
      return this.#position;
    } catch (error) {
      this.leave(listener);
      throw error;
    }
  }

  leave(listener: EventListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#idle.abort();
  }

  async #start(): Promise<void> {
    await this.#startAtEnd();
    void this.#run();
  }

  /** The newest event, and gaps as far back as a client may resume. */
  async #startAtEnd(): Promise<Position> {
    const { high, gaps } = await readEnd(this.#options.pool, window);
    this.#floor = gaps.at(-mostGaps - 1)?.last ?? Math.max(0, high - window);
    this.#position = Position.after(high, gaps.slice(-mostGaps));
    return this.#position;
  }

  async #run(): Promise<void> {
    let failed = false;
    while (this.#listeners.size > 0) {
      failed = await this.#lookOrWarn(failed);
      await sleep(failed ? afterErrorMs : this.#options.everyMs, this.#idle.signal);
    }
    this.#position = undefined;
  }

  /** Answers whether it failed. */
  async #lookOrWarn(failedBefore: boolean): Promise<boolean> {
    const { log } = this.#options;
    try {
      if (failedBefore) await this.#lookForOlderDatabase();
      await this.#look();
      if (failedBefore) log.info('the events can be read again');
      return false;
    } catch (error) {
      if (!failedBefore) log.warn({ err: error }, 'the events could not be read; streams wait');
      return true;
    }
  }

  /** One look at what has become visible. */
  async #look(): Promise<void> {
    if (this.#position === undefined) return;
    const { pool, mostEvents } = this.#options;
    const { position: from, isSettled } = await this.#settle(this.#position);
    const rows = await readEvents(pool, from.unseen, mostEvents + 1);
    if (rows.length > mostEvents) return this.#reset();
    const seen = from.with(rows.map(({ id }) => Number(id)));
    const to = seen.withGaps(seen.gaps.filter((gap) => !isSettled(gap)));
    if (to.gaps.length > mostGaps) return this.#reset();
    this.#position = to;
    if (rows.length === 0 && to.gaps.length === from.gaps.length) return;
    for (const listener of this.#listeners) listener.take({ from, to, rows });
  }

  /**
   * Marks gaps with the transactions that may still fill them, and answers which gaps those of an earlier look can no longer fill. It
   * comes before the look that gives such gaps up: what the last of these transactions committed is seen by that one.
   */
  async #settle(position: Position): Promise<{ position: Position; isSettled: (gap: IdRange) => boolean }> {
    const now = performance.now();
    if (position.gaps.length === 0 || now - this.#settledAt < settleEveryMs) {
      return { position, isSettled: () => false };
    }
    this.#settledAt = now;
    const { next, oldest } = await readTransactions(this.#options.pool);
    const marked = position.gaps.map((gap) => ({ ...gap, settledBy: gap.settledBy ?? next }));
    return {
      position: position.withGaps(marked),
      isSettled: ({ settledBy }) => settledBy !== undefined && settledBy <= oldest,
    };
  }

  async #reset(): Promise<void> {
    const position = await this.#startAtEnd();
    for (const listener of this.#listeners) listener.reset(position);
  }

  /** After a failover the last events may be missing, and their ids be given out again. */
  async #lookForOlderDatabase(): Promise<void> {
    const { high } = await readEnd(this.#options.pool, 1);
    if (high < (this.#position?.high ?? 0)) await this.#reset();
  }
}
