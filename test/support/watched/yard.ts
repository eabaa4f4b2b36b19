import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { readIdentity } from '../../../src/identity/database.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { type WatchedQueueRow, watchedQueue } from '../../../src/queues/watched.ts';
import { watchedQueues } from '../../../src/sql/registry.ts';
import { createLettersDatabase } from '../letters/database.ts';
import { startPlainWorker } from '../plain-worker.ts';
import { connectTemporal } from '../temporal.ts';

const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));

/** A database with a watched queue, and an application's own worker. */
export interface WatchedYard {
  pool: Pool;
  databaseUrl: string;
  client: Client;
  /** The task queue of the application's worker. */
  taskQueue: string;
  /** Makes a watched queue whose jobs have ids of this type, and answers its definition. */
  createQueue(name: string, workflow: string, fields?: Record<string, unknown>): Promise<QueueDefinition>;
  /** Inserts a job; answers its id. */
  insertJob(
    queue: QueueDefinition,
    job: { id?: string; input?: unknown; workflowId?: string },
  ): Promise<string>;
  readJob(queue: QueueDefinition, id: string): Promise<Record<string, unknown>>;
  workflow(queue: QueueDefinition, id: string): WorkflowHandle;
  /** Runs the application's worker until the yard is closed. */
  runWorker(options?: Pick<WorkerOptions, 'dataConverter'>): Promise<void>;
  close(): Promise<void>;
}

export async function openWatchedYard(): Promise<WatchedYard> {
  const database = await createLettersDatabase();
  const { connection, client, close } = await connectTemporal();
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 20,
    onError: () => undefined,
  });
  const { id: identity } = await readIdentity(pool);
  const taskQueue = `application-${randomUUID()}`;
  const stops: (() => Promise<void>)[] = [];
  return {
    pool,
    databaseUrl: database.url,
    client,
    taskQueue,
    async createQueue(name, workflow, fields = {}) {
      const row = { id_type: 'uuid', task_queue: taskQueue, ...fields };
      const columns = { name, kind: 'watched', job_table: `switchyard_jobs.${name}`, workflow, ...row };
      await pool.query('SELECT switchyard.create_job_table($1, $2, $3)', [
        name,
        row.id_type,
        'mirror' in row,
      ]);
      await pool.query(
        `INSERT INTO switchyard.queues (${Object.keys(columns).join(', ')})
         SELECT ${Object.keys(columns).join(', ')} FROM jsonb_populate_record(NULL::switchyard.queues, $1)`,
        [JSON.stringify(columns)],
      );
      const { rows } = await pool.query<WatchedQueueRow>(watchedQueues);
      const defined = rows.find((found) => found.name === name);
      if (defined === undefined) throw new Error(`the registry has no queue ${name}`);
      return { ...watchedQueue(defined, { claimBatch: 10 }), database: identity };
    },
    async insertJob(queue, { id = randomUUID(), input = null, workflowId = `${queue.name}:${id}` }) {
      await pool.query(`INSERT INTO ${queue.table} (id, workflow_id, input) VALUES ($1, $2, $3)`, [
        id,
        workflowId,
        JSON.stringify(input),
      ]);
      return id;
    },
    async readJob(queue, id) {
      const { rows } = await pool.query(`SELECT * FROM ${queue.table} WHERE id = $1`, [id]);
      return rows[0];
    },
    workflow: (queue, id) => client.workflow.getHandle(`${queue.name}:${id}`),
    async runWorker(options) {
      stops.push(await startPlainWorker({ connection, taskQueue, workflowsPath, ...options }));
    },
    async close() {
      for (const stop of stops) await stop();
      await close();
      await pool.end();
      await database.drop();
    },
  };
}
