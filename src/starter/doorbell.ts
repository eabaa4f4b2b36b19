import type pg from 'pg';
import { DatabaseClient } from '../platform/database-client.ts';
import { isReadOnly, isUnanswered } from '../platform/database-errors.ts';
import type { Logger } from '../platform/logging.ts';

/** Rows wait, or limits and pauses changed: payload the queue, or nothing for all. */
const claimsChannel = 'switchyard_doorbell';
/** A job is to be told something, or a row has a time to be let go at: payload the queue. */
const cancelChannel = 'switchyard_cancel';
/** The registry of queues changed; no payload. */
const registryChannel = 'switchyard_queues';

/** What a wait is for: rows to claim, or anything that rows ask for. */
export type Listener = 'claims' | 'signals';
/** A claim waits while the bell is armed: a connection that does not answer is given up. */
const answerMs = 5_000;
const reconnectMs = { first: 250, most: 10_000 };

interface DoorbellOptions {
  connectionString: string;
  applicationName: string;
  log: Logger;
  /** Whether a pooler on the way may keep sessions: the address was given for that. Else one is not listened through. */
  mayBeSession?: boolean;
}

/** $1 the queue. */
const arm = `
  INSERT INTO switchyard.doorbells (queue, armed) VALUES ($1, true)
      ON CONFLICT (queue) DO UPDATE SET armed = true WHERE NOT doorbells.armed`;

/** An UPDATE: a queue that was dropped leaves none behind. */
const disarm = 'UPDATE switchyard.doorbells SET armed = false WHERE queue = $1 AND armed';

const attend = `
  INSERT INTO switchyard.doorbells (queue, signals) VALUES ($1, true)
      ON CONFLICT (queue) DO UPDATE SET signals = true WHERE NOT doorbells.signals`;

/**
 * Hears when a writer rings for a queue. Writers ring only while the bell is armed (see the doorbell migration), and it
 * is armed only by a starter that found nothing. A ring can be missed, by a transaction that began before the arming or
 * while the connection is down: polling is always there underneath.
 */
export class Doorbell {
  readonly #options: DoorbellOptions;
  readonly #waiting = new Map<string, () => void>();
  readonly #rung = new Set<string>();
  #client: DatabaseClient | undefined;
  /** Settles once the statement before has its answer: a connection takes one at a time. */
  #free: Promise<unknown> = Promise.resolve();
  #deaf = false;
  #retry: NodeJS.Timeout | undefined;
  #delayMs = reconnectMs.first;
  #closed = false;

  constructor(options: DoorbellOptions) {
    this.#options = options;
  }

  /** Whether a ring would be heard now. */
  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Whether no ring will ever be heard, as a connection pooler stands between. */
  get deaf(): boolean {
    return this.#deaf;
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
    return this.#tell(queue, armed ? arm : disarm);
  }

  /** Asks writers to ring for signals, whether anybody sleeps or not. Answers as {@link arm} does. */
  async attend(queue: string): Promise<{ changed: boolean } | undefined> {
    return this.#tell(queue, attend);
  }

  #tell(queue: string, statement: string): Promise<{ changed: boolean } | undefined> {
    const turn = this.#free.then(() => this.#tellNow(queue, statement));
    this.#free = turn;
    return turn;
  }

  async #tellNow(queue: string, statement: string): Promise<{ changed: boolean } | undefined> {
    const client = this.#client;
    if (client === undefined) return undefined;
    try {
      const { rowCount } = await client.query(statement, [queue]);
      return { changed: rowCount === 1 };
    } catch (error) {
      this.#options.log.debug({ err: error, queue }, 'the doorbell could not be armed');
      if (isUnanswered(error) || isReadOnly(error)) this.#hangUp(client, error);
      return undefined;
    }
  }

  /** Waits for a ring, at most `ms`; a ring since the last wait counts. Answers whether it rang. */
  wait(queue: string, listener: Listener, ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#waitAt(`${listener} ${queue}`, ms, signal);
  }

  /** The same for a change of the registry of queues. */
  waitForRegistry(ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#waitAt(registryChannel, ms, signal);
  }

  #waitAt(place: string, ms: number, signal: AbortSignal): Promise<boolean> {
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
    if (channel === registryChannel) this.#ring(registryChannel);
    else if (payload === '') this.#ringAll();
    else this.#ring(`${channel === claimsChannel ? 'claims' : 'signals'} ${payload}`);
  }

  #ringAll(): void {
    for (const place of this.#waiting.keys()) this.#ring(place);
  }

  #ring(place: string): void {
    this.#rung.add(place);
    this.#waiting.get(place)?.();
  }

  async #connect(): Promise<void> {
    const client = new DatabaseClient({ ...this.#options, statementTimeoutMs: answerMs });
    client.on('notification', (message) => this.#hear(message));
    client.on('error', (error) => {
      if (this.#client === client) this.#lost(error);
    });
    await client.connect();
    if (client.pooled && !(await this.#keepsSession(client))) return this.#giveUp(client);
    await client.query(`LISTEN ${claimsChannel}; LISTEN ${cancelChannel}; LISTEN ${registryChannel}`);
    if (this.#closed) return client.end();
    this.#client = client;
    this.#delayMs = reconnectMs.first;
    // Rings may have been missed while there was no connection: everybody polls once.
    this.#ringAll();
  }

  /**
   * Whether a pooler keeps this connection on one server connection. It is tried without LISTEN, which would stay on the server
   * connection and bring our rings to whoever uses it next.
   */
  async #keepsSession(client: DatabaseClient): Promise<boolean> {
    if (!this.#options.mayBeSession) return false;
    const other = new DatabaseClient({ ...this.#options, statementTimeoutMs: answerMs });
    try {
      await other.connect();
      const own = await serverProcess(client);
      for (let i = 0; i < 5; i += 1) {
        if ((await serverProcess(other)) === own || (await serverProcess(client)) !== own) return false;
      }
      return true;
    } finally {
      void other.end();
    }
  }

  #giveUp(client: DatabaseClient): Promise<void> {
    this.#deaf = true;
    const name = this.#options.mayBeSession ? 'DATABASE_DIRECT_URL' : 'DATABASE_URL';
    this.#options.log.warn(
      `${name} leads through a connection pooler (such as PgBouncer in transaction mode), where no doorbell is heard: rows are ` +
        'looked for every POLL_INTERVAL. Set DATABASE_DIRECT_URL to the address of Postgres itself, or DOORBELL=off',
    );
    return client.end();
  }

  /** `end` destroys a connection that has a statement on its way. */
  #hangUp(client: DatabaseClient, error: Error): void {
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

async function serverProcess(client: DatabaseClient): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

/** Nobody rings any more for these queues, as far as earlier starters asked for it: with `DOORBELL=off` nobody would hear. */
export async function silenceBells(pool: pg.Pool, queues: readonly string[]): Promise<void> {
  await pool.query(
    'UPDATE switchyard.doorbells SET armed = false, signals = false WHERE queue = ANY ($1) AND (armed OR signals)',
    [queues],
  );
}
