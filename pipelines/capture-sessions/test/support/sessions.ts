import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { loadSettings } from '../../../../server/settings.ts';
import { createPool, type Pool } from '../../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../../src/queues/definition.ts';
import { Signals } from '../../../../src/starter/signals.ts';
import { Starter } from '../../../../src/starter/starter.ts';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { silentLogger } from '../../../../test/support/logger.ts';
import type { RunningWorker } from '../../../../test/support/running-worker.ts';
import { connectTemporal } from '../../../../test/support/temporal.ts';
import { until } from '../../../../test/support/until.ts';
import { startTestWorker } from '../../../../test/support/worker.ts';
import { captureSessionsQueue } from '../../queue.ts';

interface Session {
  id: string;
  state: string;
  run_id: string | null;
  attempt: number;
  locked_at: Date | null;
  locked_by: string | null;
  error: string | null;
  error_code: string | null;
}

/** The queue of capture sessions on a database of its own, with starter and workers of the product. */
export interface Sessions {
  databaseUrl: string;
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  env: Record<string, string>;
  starter: Starter;
  signals: Signals;
  startWorker(env?: Record<string, string>): Promise<RunningWorker>;
  /** Inserts a session. Answers its id. */
  insert(fields?: Record<string, unknown>): Promise<string>;
  read(id: string): Promise<Session>;
  untilState(id: string, state: string): Promise<Session>;
  versions(): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function createSessions(settings: Record<string, string> = {}): Promise<Sessions> {
  const database = await createTestDatabase();
  const env = {
    QUEUES: 'capture-sessions',
    DATABASE_URL: database.url,
    TASK_QUEUE: `sessions-${randomUUID()}`,
    ...settings,
  };
  const queue = captureSessionsQueue(loadSettings(env));
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 10,
    onError: () => undefined,
  });
  const { client, close: closeTemporal } = await connectTemporal();
  const workers: RunningWorker[] = [];
  const read = async (id: string) => {
    const { rows } = await pool.query<Session>(`SELECT * FROM ${queue.table} WHERE id = $1`, [id]);
    const row = rows[0];
    if (row === undefined) throw new Error(`session ${id} is gone`);
    return row;
  };
  return {
    databaseUrl: database.url,
    pool,
    client,
    queue,
    env,
    starter: new Starter({ pool, client, queue, workerId: 'starter-1', log: silentLogger }),
    signals: new Signals({ pool, client, queue, log: silentLogger }),
    async startWorker(more = {}) {
      const worker = await startTestWorker({ env: { ...env, ...more } });
      workers.push(worker);
      return worker;
    },
    async insert(fields = {}) {
      const row = { id: randomUUID(), ...fields };
      const columns = Object.keys(row);
      await pool.query(
        `INSERT INTO ${queue.table} (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        Object.values(row),
      );
      return row.id;
    },
    read,
    untilState: (id, state) =>
      until(async () => {
        const row = await read(id);
        return row.state === state && row;
      }),
    versions: async () =>
      (await pool.query(`SELECT * FROM ${queue.table.split('.')[0]}.schedule_version ORDER BY id`)).rows,
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await closeTemporal();
      await pool.end();
      await database.drop();
    },
  };
}
