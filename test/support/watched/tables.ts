import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { asAdministrator, onServer } from '../database.ts';
import { createLettersDatabase } from '../letters/database.ts';
import { until } from '../until.ts';

/** What Postgres says against a statement. */
interface Refusal {
  code: string;
  message: string;
  hint: string;
}

/** A table of an application, and the queue of its rows under the same name. */
export interface Table {
  name: string;
  /** The jobs, in the order of their ids. */
  jobs(fields?: string): Promise<Record<string, unknown>[]>;
}

/** Tables of applications in a database that the tests of a file share. */
export class Tables {
  pool: Pool;
  url: string;

  constructor(pool: Pool, url: string) {
    this.pool = pool;
    this.url = url;
  }

  /** A name that no other test has. */
  newName = (): string => `t${randomBytes(4).toString('hex')}`;

  async run(statement: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.pool.query(statement, values)).rows;
  }

  asAdministrator = (...statements: string[]): Promise<void> =>
    onServer(asAdministrator(this.url), async (client) => {
      for (const statement of statements) await client.query(statement);
    });

  /** Makes a table. */
  async create(columns: string): Promise<string> {
    const name = this.newName();
    await this.run(`CREATE TABLE ${name} (${columns})`);
    return name;
  }

  /** Makes a table and a queue of its rows; `options` are further arguments of add_queue. */
  async attach(columns: string, options = ''): Promise<Table> {
    const name = await this.create(columns);
    await this.addQueue(name, name, options);
    return this.table(name);
  }

  table = (name: string): Table => ({
    name,
    jobs: (fields = 'id, input, input_problem') =>
      this.run(`SELECT ${fields} FROM switchyard_jobs."${name}" ORDER BY id`),
  });

  addQueue = (queue: string, source: string, options = '') =>
    this.run(`SELECT switchyard.add_queue($1, $2, workflow => 'process', task_queue => 'work' ${options})`, [
      queue,
      source,
    ]);

  /** Until a statement of another connection waits for a lock. */
  untilBlocked = () =>
    until(async () => {
      const waiting = await this.run(
        `SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
          WHERE datname = current_database() AND NOT granted
          UNION ALL SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });

  /** What Postgres says against a statement. */
  async refusal(statement: string, values: unknown[] = []): Promise<Refusal> {
    try {
      await this.run(statement, values);
    } catch (error) {
      const { code, message, hint } = error as Refusal;
      return { code, message, hint };
    }
    throw new Error(`it was not refused: ${statement}`);
  }

  /** What Postgres says against add_queue over a table with these columns, `$` in place of its name. */
  async refusedQueue(columns: string, options = ''): Promise<Refusal> {
    const name = await this.create(columns);
    const refusal = await this.refusal(
      `SELECT switchyard.add_queue($1::text, $1::text::regclass, workflow => 'process', task_queue => 'work' ${options})`,
      [name],
    );
    return { ...refusal, message: refusal.message.replaceAll(name, '$') };
  }
}

/** Opens the database of a file's tests; `use` is told of it. */
export function shareTables(use: (tables: Tables) => void): void {
  let close: () => Promise<void>;
  beforeAll(async () => {
    const { url, drop } = await createLettersDatabase();
    const pool = createPool({
      connectionString: url,
      applicationName: 'test',
      max: 20,
      onError: () => undefined,
    });
    close = async () => {
      await pool.end();
      await drop();
    };
    use(new Tables(pool, url));
  });
  afterAll(() => close());
}
