import type { Pool } from '../../platform/database.ts';
import { type EventFilter, readEnd, readEvents } from './event-queries.ts';
import type { EventBatch, EventListener, EventReader } from './event-reader.ts';
import { batchText, positionText, resetText } from './event-text.ts';
import { Position } from './position.ts';

/** More missed events than this are not sent again. */
const mostMissed = 1_000;

/** What one client is sent: first what it has missed, then what the reader reads. */
export class EventFeed implements EventListener {
  readonly #filter: EventFilter;
  /** Text that waits until the client has what it missed. */
  #waiting: string[] | undefined = [];
  #write: (text: string) => void = (text) => this.#waiting?.push(text);
  #position = Position.after(0);
  /** Where the client was, until the reader has come there too: another process may have been ahead of this one. */
  #ahead: Position | undefined;

  constructor(filter: EventFilter) {
    this.#filter = filter;
  }

  /** Where the client is. */
  get position(): Position {
    return this.#ahead === undefined ? this.#position : this.#position.and(this.#ahead);
  }

  /** Begins to hear the reader; answers what the client that was at `since` is sent first. */
  async begin(reader: EventReader, pool: Pool, since: Position | undefined): Promise<string> {
    const start = await reader.listen(this);
    this.#position = start;
    if (since === undefined) return positionText(start);
    if (since.low < reader.floor || !(await wasReached(pool, start, since))) return resetText(start);
    const rows = await readEvents(pool, since.missing(start), mostMissed + 1, this.#filter);
    if (rows.length > mostMissed) return resetText(start);
    this.#ahead = start.missing(since).length > 0 ? since : undefined;
    const to = this.position;
    return batchText({ from: since, to, rows }, this.#filter) + positionText(to);
  }

  /** From now on text goes there. */
  writeTo(write: (text: string) => void): void {
    for (const text of this.#waiting ?? []) write(text);
    this.#waiting = undefined;
    this.#write = write;
  }

  take(batch: EventBatch): void {
    this.#position = batch.to;
    this.#write(batchText(this.#unseenOf(batch), this.#filter));
  }

  reset(position: Position): void {
    this.#position = position;
    this.#ahead = undefined;
    this.#write(resetText(position));
  }

  #unseenOf(batch: EventBatch): EventBatch {
    const ahead = this.#ahead;
    if (ahead === undefined) return batch;
    if (batch.to.missing(ahead).length === 0) this.#ahead = undefined;
    const rows = batch.rows.filter(({ id }) => !ahead.has(Number(id)));
    return { from: batch.from.and(ahead), to: batch.to.and(ahead), rows };
  }
}

/** Whether the database has come as far as the client was: not after it was restored, or when it is another one. */
const wasReached = async (pool: Pool, start: Position, { high }: Position): Promise<boolean> =>
  high <= start.high || high <= (await readEnd(pool, 1)).high;
