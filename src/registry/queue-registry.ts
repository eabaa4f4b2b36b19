import { performance } from 'node:perf_hooks';
import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { readWatchedQueues } from './watched-queues.ts';

/** So long what was read is taken for what holds. */
const keptMs = 1_000;
/** Whoever looks queues up claims nothing. */
const noClaims = { claimBatch: 0 };

/** Where queues are looked up at run time: those of the application, and the watched ones that the database has. */
export class QueueRegistry {
  /** Those of the application alone. */
  readonly own: readonly QueueDefinition[];
  readonly #pool: Pool;
  readonly #database: string | undefined;
  #read: { at: number; queues: Promise<readonly QueueDefinition[]> } | undefined;

  /** @param options.database the identity of the database; left out: queues are not tied to a database */
  constructor(options: { pool: Pool; queues: readonly QueueDefinition[]; database?: string }) {
    this.#pool = options.pool;
    this.own = options.queues;
    this.#database = options.database;
  }

  /** All queues: those of the application first, then the watched ones by name. A second behind at most. */
  async all(): Promise<readonly QueueDefinition[]> {
    const now = performance.now();
    if (this.#read === undefined || now - this.#read.at > keptMs) {
      const read = { at: now, queues: this.#readAll() };
      this.#read = read;
      // What failed is tried again by the next who asks.
      read.queues.catch(() => {
        if (this.#read === read) this.#read = undefined;
      });
    }
    return this.#read.queues;
  }

  async find(name: string): Promise<QueueDefinition | undefined> {
    return (
      this.own.find((queue) => queue.name === name) ?? (await this.all()).find((queue) => queue.name === name)
    );
  }

  async #readAll(): Promise<readonly QueueDefinition[]> {
    const watched = await readWatchedQueues(this.#pool, noClaims);
    const database = this.#database;
    return [
      ...this.own,
      ...watched.map((queue) => (database === undefined ? queue : { ...queue, database })),
    ];
  }
}
