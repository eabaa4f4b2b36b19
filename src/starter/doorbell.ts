import pg from 'pg';
import type { Logger } from '../platform/logging.ts';

const channel = 'switchyard_doorbell';
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

  /** Connects in the background and keeps doing so. */
  open(): void {
    this.#connect().catch((error: unknown) => this.#lost(error));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }

  /** Asks writers to ring, or no longer to. Answers whether they heard; failing is no error: polling goes on. */
  async arm(queue: string, armed: boolean): Promise<boolean> {
    if (this.#client === undefined) return false;
    try {
      await this.#client.query(
        `INSERT INTO switchyard.doorbells (queue, armed) VALUES ($1, $2)
             ON CONFLICT (queue) DO UPDATE SET armed = excluded.armed WHERE doorbells.armed <> excluded.armed`,
        [queue, armed],
      );
      return true;
    } catch (error) {
      this.#options.log.debug({ err: error, queue }, 'the doorbell could not be armed');
      return false;
    }
  }

  /** Waits for a ring, at most `ms`; a ring since the last wait counts. Answers whether it rang. */
  wait(queue: string, ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#rung.delete(queue)) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((done) => {
      const finish = (rang: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(queue);
        this.#rung.delete(queue);
        done(rang);
      };
      const giveUp = () => finish(false);
      const timer = setTimeout(giveUp, ms);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(queue, () => finish(true));
    });
  }

  #ring(queue: string): void {
    this.#rung.add(queue);
    this.#waiting.get(queue)?.();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.connectionString,
      application_name: this.#options.applicationName,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
    client.on('notification', (message) => this.#ring(message.payload ?? ''));
    client.on('error', (error) => {
      if (this.#client === client) this.#lost(error);
    });
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    if (this.#closed) return client.end();
    this.#client = client;
    this.#delayMs = reconnectMs.first;
    // Rings may have been missed while there was no connection: everybody looks once.
    for (const queue of this.#waiting.keys()) this.#ring(queue);
  }

  #lost(error: unknown): void {
    this.#client = undefined;
    if (this.#closed) return;
    this.#options.log.warn({ err: error }, 'the doorbell lost its connection; polling goes on');
    this.#retry = setTimeout(() => this.open(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, reconnectMs.most);
  }
}
