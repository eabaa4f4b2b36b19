import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import type { DatabaseEntry } from '../../../src/platform/database-list.ts';
import type { Logger } from '../../../src/platform/logging.ts';
import { loadEngineSettings } from '../../../src/settings/engine.ts';
import { Databases, usualPace } from '../../../src/starter/databases/databases.ts';
import { Budget } from '../../../src/starter/watch/budget.ts';
import { createLettersDatabase } from '../letters/database.ts';
import { silentLogger } from '../logger.ts';
import { startPlainWorker } from '../plain-worker.ts';
import { connectTemporal } from '../temporal.ts';

const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));

/** The database of one tenant, with a table of orders whose rows are jobs. */
export interface Tenant {
  name: string;
  url: string;
  pool: Pool;
  /** Inserts orders with the next ids; the workflow returns what it is given, which is the tenant's name. */
  order(count: number): Promise<void>;
  /** How many orders there are by their status, as the application's own rows show it. */
  orders(): Promise<Record<string, number>>;
}

/** Tenants, the worker of their application, and a starter that serves them. */
export class Tenants {
  readonly taskQueue = `tenants-${randomUUID()}`;
  readonly #temporal: Awaited<ReturnType<typeof connectTemporal>>;
  readonly #closes: (() => Promise<unknown>)[] = [];

  private constructor(temporal: Awaited<ReturnType<typeof connectTemporal>>) {
    this.#temporal = temporal;
    this.#closes.push(() => temporal.close());
  }

  static async open(): Promise<Tenants> {
    const temporal = await connectTemporal();
    const tenants = new Tenants(temporal);
    const { connection } = temporal;
    tenants.#closes.push(await startPlainWorker({ connection, taskQueue: tenants.taskQueue, workflowsPath }));
    return tenants;
  }

  get client() {
    return this.#temporal.client;
  }

  async add(name: string): Promise<Tenant> {
    const { url, drop } = await createLettersDatabase();
    const pool = createPool({
      connectionString: url,
      applicationName: 'test',
      max: 3,
      onError: () => undefined,
    });
    this.#closes.push(async () => {
      await pool.end();
      await drop();
    });
    await pool.query('SELECT switchyard.set_workflow_id_prefix($1)', [`${name}/`]);
    await pool.query(
      'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop text NOT NULL, state text, answer jsonb)',
    );
    await pool.query(
      `SELECT switchyard.add_queue('orders', 'orders', workflow => 'echo', task_queue => $1, input => 'to_jsonb(new.shop)',
                                   mirror => '{"status": "state", "result": "answer"}')`,
      [this.taskQueue],
    );
    return {
      name,
      url,
      pool,
      async order(count) {
        await pool.query('INSERT INTO orders (shop) SELECT $1 FROM generate_series(1, $2)', [name, count]);
      },
      async orders() {
        const { rows } = await pool.query<{ state: string; count: number }>(
          'SELECT state, count(*)::integer AS count FROM orders GROUP BY 1',
        );
        return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
      },
    };
  }

  /** Serves databases until the tenants are closed, or `stop` is called. */
  serve(
    entries: readonly DatabaseEntry[],
    { log = silentLogger, idleMs = 60_000 }: { log?: Logger; idleMs?: number } = {},
  ) {
    const over = new AbortController();
    const { client } = this.#temporal;
    const databases = new Databases(
      entries,
      {
        client,
        settings: loadEngineSettings({}),
        watched: 'all',
        budget: new Budget({ perSecond: 1_000, signal: over.signal }),
        log,
        tracing: undefined,
        idleMs,
        askEveryMs: 50,
      },
      { ...usualPace, lookEveryMs: 50, listEveryMs: 200 },
    );
    const ended = databases.keep(over.signal);
    const stop = async () => {
      over.abort();
      await ended;
    };
    this.#closes.push(stop);
    return { databases, stop };
  }

  async close(): Promise<void> {
    for (const close of this.#closes.splice(0).reverse()) await close();
  }
}
