import pg from 'pg';
import { isReadOnly, isUnanswered } from '../platform/database-errors.ts';
import type { Logger } from '../platform/logging.ts';

/** Rows wait, or limits and pauses changed: payload the queue, or nothing for all. */
const claimsChannel = 'switchyard_doorbell';
/** A running job was asked to end: payload the queue. */
const cancelChannel = 'switchyard_cancel';

/** What a wait is for: rows to claim, or anything that rows ask for. */
export type Ear = 'claims' | 'requests';
/** A claim waits while the bell is armed: a connection that does not answer is given up. */
const answerMs = 5_000;
const reconnectMs = { first: 250, most: 10_000 };

/**
 * Hears when a writer rings for a queue. Writers ring only while the bell is armed (see the doorbell migration), and it
 * is armed only by a starter that found nothing. A ring can be missed, by a transaction that began before the arming or
 * while the connection is down: polling is always there underneath.
 */
export class Doorbell {
  readonly #options: { connectionString: string; applicationName: string; log: Logger };
  readonly #waiting = new Map<string, () => void>();
  readonly #rung = new Set<string>();
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #delayMs = reconnectMs.first;
  #closed = false;

  constructor(options: { connectionString: string; applicationName: string; log: Logger }) {
    this.#options = options;
  }

  /** Whether a ring would be heard now. */
  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Connects in the background and keeps doing so. */
  open(): void {
    this.#connect().catch((error: unknown) => this.#lost(error));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    // Not waited for: a peer that vanished would not let go for a quarter of an hour.
    this.#client?.end().catch(() => undefined);
  }

  /**
   * Asks writers to ring, or no longer to. Answers whether that is anything new to them; `undefined`: they did not hear, which
   * is no error, as polling goes on.
   */
  async arm(queue: string, armed: boolean): Promise<{ changed: boolean } | undefined> {
    const client = this.#client;
    if (client === undefined) return undefined;
    try {
      const { rowCount } = await client.query(
        `INSERT INTO switchyard.doorbells (queue, armed) VALUES ($1, $2)
             ON CONFLICT (queue) DO UPDATE SET armed = excluded.armed WHERE doorbells.armed <> excluded.armed`,
        [queue, armed],
      );
      return { changed: rowCount === 1 };
    } catch (error) {
      this.#options.log.debug({ err: error, queue }, 'the doorbell could not be armed');
      if (isUnanswered(error) || isReadOnly(error)) this.#hangUp(client, error);
      return undefined;
    }
  }

  /** Waits for a ring, at most `ms`; a ring since the last wait counts. Answers whether it rang. */
  wait(queue: string, ear: Ear, ms: number, signal: AbortSignal): Promise<boolean> {
    const place = `${ear} ${queue}`;
    if (this.#rung.delete(place)) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((done) => {
      const finish = (rang: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(place);
        this.#rung.delete(place);
        done(rang);
      };
      const giveUp = () => finish(false);
      const timer = setTimeout(giveUp, ms);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(place, () => finish(true));
    });
  }

  #hear({ channel, payload = '' }: pg.Notification): void {
    if (payload === '') this.#ringAll();
    else {
      if (channel === claimsChannel) this.#ring(`claims ${payload}`);
      this.#ring(`requests ${payload}`);
    }
  }

  #ringAll(): void {
    for (const place of this.#waiting.keys()) this.#ring(place);
  }

  #ring(place: string): void {
    this.#rung.add(place);
    this.#waiting.get(place)?.();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.connectionString,
      application_name: this.#options.applicationName,
      connectionTimeoutMillis: 5_000,
      query_timeout: answerMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
    client.on('notification', (message) => this.#hear(message));
    client.on('error', (error) => {
      if (this.#client === client) this.#lost(error);
    });
    await client.connect();
    await client.query(`LISTEN ${claimsChannel}; LISTEN ${cancelChannel}`);
    if (this.#closed) return client.end();
    this.#client = client;
    this.#delayMs = reconnectMs.first;
    // Rings may have been missed while there was no connection: everybody looks once.
    this.#ringAll();
  }

  /** `end` destroys a connection that has a statement on its way. */
  #hangUp(client: pg.Client, error: Error): void {
    if (this.#client !== client) return;
    this.#lost(error);
    void client.end();
  }

  #lost(error: unknown): void {
    this.#client = undefined;
    if (this.#closed) return;
    this.#options.log.warn({ err: error }, 'the doorbell lost its connection; polling goes on');
    this.#retry = setTimeout(() => this.open(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, reconnectMs.most);
  }
}
