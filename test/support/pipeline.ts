import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterEach, beforeEach } from 'vitest';
import { defineQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import { readIdentity } from '../../src/identity/database.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { dataConverterOf } from '../../src/platform/payload-encryption.ts';
import { ofDatabase, type QueueDefinition } from '../../src/queues/definition.ts';
import { Starter } from '../../src/starter/starter.ts';
import { createTestDatabase } from './database.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { readJob, type TestRow, testQueue } from './jobs.ts';
import { recordingLogger, silentLogger } from './logger.ts';
import { resetToFirstTask } from './reset.ts';
import type { RunningWorker } from './running-worker.ts';
import { connectTemporal } from './temporal.ts';
import { until } from './until.ts';
import { startTestWorker } from './worker.ts';

/** Starter, worker, Postgres, Temporal and gateway together, each the real one. */
export interface Pipeline {
  pool: Pool;
  client: Client;
  gateway: TestGateway;
  queue: QueueDefinition;
  /** All queues of the server, as its workers know them. */
  readonly queues: readonly QueueDefinition[];
  /** Where `a.pdf` is uploaded and results are stored. */
  folder: string;
  /** What the workers log. */
  lines: Record<string, unknown>[];
  starter(workerId?: string): Starter;
  /** The settings of its workers, as environment variables. */
  workerEnv: Record<string, string>;
  /** Starts a worker of the product; those that the test does not stop itself end with the pipeline. */
  startWorker(env?: Record<string, string>): Promise<RunningWorker>;
  stopWorkers(): Promise<void>;
  workflow(jobId: string): WorkflowHandle;
  /** Resets the job's open run to its first workflow task. Answers the new run's id. */
  reset(jobId: string): Promise<string>;
  /** Waits until the row says so. */
  untilStatus(jobId: string, status: string): Promise<TestRow>;
  resultFiles(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export async function createPipeline(options: {
  databaseUrl: string;
  /** Where starters find the database, when not as the test itself. */
  starterDatabaseUrl?: string;
  temporalAddress?: string;
  /** `TEMPORAL_PAYLOAD_KEYS` of starter and workers; a worker may be given others. */
  payloadKeys?: string;
  /** One of its own when left out. */
  taskQueue?: string;
  /** How long jobs wait for a gateway that is out of order, in milliseconds; by default not at all. */
  maxWaitMs?: number;
}): Promise<Pipeline> {
  const { maxWaitMs = 0, taskQueue = `pipeline-${randomUUID()}` } = options;
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-pipeline-'));
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads', 'a.pdf'), '%PDF-1.7');
  const payloadKeys = loadSettings({ TEMPORAL_PAYLOAD_KEYS: options.payloadKeys }).temporalPayloadKeys;
  const gateway = await startTestGateway();
  const temporal = await connectTemporal(options.temporalAddress, dataConverterOf(payloadKeys));
  const open = (connectionString: string) =>
    createPool({ connectionString, applicationName: 'test', max: 10, onError: () => undefined });
  const pool = open(options.databaseUrl);
  const starterPool = options.starterDatabaseUrl === undefined ? pool : open(options.starterDatabaseUrl);
  const { id: database } = await readIdentity(pool);
  const queue = testQueue({ taskQueue, maxWaitMs, database });
  const { log, lines } = recordingLogger();
  const workers: RunningWorker[] = [];
  const stopWorkers = async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
  };
  const workerEnv = {
    DATABASE_URL: options.databaseUrl,
    GATEWAY_URL: gateway.url,
    UPLOAD_ROOT: join(folder, 'uploads'),
    RESULT_ROOT: folder,
    STAGING_ROOT: join(folder, 'staging'),
    BUILD_ROOT: join(folder, 'builds'),
    DEPLOY_ROOT: join(folder, 'deployments'),
    TASK_QUEUE: queue.taskQueue,
    GATEWAY_RETRY_INITIAL_INTERVAL: '10',
    GATEWAY_MAX_WAIT: String(maxWaitMs),
    SHUTDOWN_GRACE_TIME: '20000',
    TEMPORAL_PAYLOAD_KEYS: options.payloadKeys ?? '',
  };

  return {
    pool,
    client: temporal.client,
    gateway,
    queue,
    get queues() {
      return ofDatabase(defineQueues(loadSettings(workerEnv)), database);
    },
    folder,
    lines,
    workerEnv,
    starter: (workerId = 'starter-1') =>
      new Starter({ pool: starterPool, client: temporal.client, queue, workerId, log: silentLogger }),
    async startWorker(env = {}) {
      const worker = await startTestWorker({
        env: { WORKER_ID: `worker-${workers.length + 1}`, ...workerEnv, ...env },
        log,
        ...(options.temporalAddress !== undefined && { temporalAddress: options.temporalAddress }),
      });
      workers.push(worker);
      return worker;
    },
    stopWorkers,
    workflow: (jobId) => temporal.client.workflow.getHandle(jobId),
    reset: (jobId) => resetToFirstTask(temporal.client, jobId),
    untilStatus: (jobId, status) =>
      until(async () => {
        const row = await readJob(pool, jobId);
        return row.status === status && row;
      }),
    async resultFiles() {
      const names = await readdir(join(folder, 'results')).catch(() => []);
      const read = async (name: string) =>
        [name, await readFile(join(folder, 'results', name), 'utf8')] as const;
      return Object.fromEntries(await Promise.all(names.map(read)));
    },
    async close() {
      await stopWorkers();
      await temporal.close();
      await gateway.close();
      if (starterPool !== pool) await starterPool.end();
      await pool.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Gives each test of the file a pipeline on a database of its own, both gone afterwards; `use` is told the pipeline. */
export function eachTestHasPipeline(use: (pipeline: Pipeline) => void): void {
  let close: () => Promise<void>;
  beforeEach(async () => {
    const database = await createTestDatabase();
    const pipeline = await createPipeline({ databaseUrl: database.url });
    close = async () => {
      await pipeline.close();
      await database.drop();
    };
    use(pipeline);
  });
  afterEach(() => close());
}
