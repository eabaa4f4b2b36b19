import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { readIdentity } from '../../../src/identity/database.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { withDefaults } from '../../../src/platform/default-settings.ts';
import { type QueueDefinition, workflowIdOf } from '../../../src/queues/definition.ts';
import { rowTaskQueue } from '../../../src/queues/standard.ts';
import { Signals } from '../../../src/starter/signals.ts';
import { Starter } from '../../../src/starter/starter.ts';
import { workflowBundle } from '../../../src/worker/bundle.ts';
import { switchyardPlugin } from '../../../src/worker/plugin.ts';
import { createWorkerOf } from '../../../src/worker/worker.ts';
import { createTestDatabase } from '../database.ts';
import { recordingLogger } from '../logger.ts';
import { connectTemporal, namespace } from '../temporal.ts';
import { until } from '../until.ts';
import { createPostcards } from './table.ts';

export interface PostcardActivities {
  stamp(pages: number): Promise<string>;
  deliver(receiver: string): Promise<void>;
}

interface PostcardRow {
  status: string;
  attempt: number;
  run_id: string;
  result: unknown;
  error_code: string | null;
}

/** Postgres, Temporal, a starter, and an application's own worker, which has the plugin. */
export interface PostBox {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  activities: PostcardActivities;
  workerOptions(): WorkerOptions;
  /** The application's worker, and one of the engine, which writes the rows. */
  runWorker(options?: Partial<WorkerOptions>): Promise<void>;
  runEngine(queue?: QueueDefinition): Promise<void>;
  send(workflowType: string, fields?: { pages?: number }): Promise<string>;
  start(workflowType: string): Promise<void>;
  workflow(id: string): WorkflowHandle;
  signals(): Signals;
  read(id: string): Promise<PostcardRow>;
  untilStatus(id: string, status: string): Promise<PostcardRow>;
  close(): Promise<void>;
}

const cache = 'node_modules/.cache/switchyard';
export const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));

export async function openPostBox(): Promise<PostBox> {
  const database = await createTestDatabase();
  const temporal = await connectTemporal();
  const { client } = temporal;
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 10,
    onError: () => undefined,
  });
  const taskQueue = `postcards-${randomUUID()}`;
  const { id: identity } = await readIdentity(pool);
  const settings = withDefaults({ databaseUrl: database.url, taskQueue: `engine-${taskQueue}` });
  const queue = { ...(await createPostcards(pool, taskQueue, rowTaskQueue(settings))), database: identity };
  const { log } = recordingLogger();
  const stopping = Promise.withResolvers<void>();
  const running: Promise<void>[] = [];

  const box: PostBox = {
    pool,
    client,
    queue,
    activities: { stamp: async (pages) => `${pages} ct`, deliver: async () => undefined },
    workerOptions: () => ({
      connection: temporal.connection,
      namespace,
      taskQueue,
      workflowsPath,
      activities: {
        stamp: (pages: number) => box.activities.stamp(pages),
        deliver: (receiver: string) => box.activities.deliver(receiver),
      },
      plugins: [switchyardPlugin()],
    }),
    async runWorker(options) {
      const worker = await Worker.create({ ...box.workerOptions(), ...options });
      running.push(worker.runUntil(stopping.promise));
      await box.runEngine();
    },
    async runEngine(own = queue) {
      const built = await createWorkerOf(own, {
        settings,
        queues: [own],
        pipelines: [],
        connection: temporal.connection,
        dataConverter: {},
        client,
        pool,
        database: identity,
        bundlePath: await workflowBundle(undefined, { entry: workflowsPath, sources: [], cache }),
        log,
      });
      running.push(built.runUntil(stopping.promise));
    },
    async start(workflowType) {
      const starter = new Starter({
        pool,
        client,
        queue: { ...queue, workflowType },
        workerId: 'starter-1',
        log,
      });
      await until(async () => (await starter.runOnce()).started === 1);
    },
    async send(workflowType, { pages = 2 } = {}) {
      const { rows } = await pool.query<{ id: string }>(
        `INSERT INTO postcards (receiver, pages, secret) VALUES ('Ada', $1, 'the moon is cheese') RETURNING id`,
        [pages],
      );
      await box.start(workflowType);
      return rows[0]?.id ?? '';
    },
    workflow: (id) => client.workflow.getHandle(workflowIdOf(queue, id)),
    signals: () => new Signals({ pool, client, queue, log }),
    async read(id) {
      const { rows } = await pool.query<PostcardRow>('SELECT * FROM postcards WHERE id = $1', [id]);
      if (rows[0] === undefined) throw new Error(`postcard ${id} is gone`);
      return rows[0];
    },
    untilStatus: (id, status) =>
      until(async () => {
        const row = await box.read(id);
        return row.status === status && row;
      }),
    async close() {
      stopping.resolve();
      await Promise.all(running);
      await temporal.close();
      await pool.end();
      await database.drop();
    },
  };
  return box;
}
