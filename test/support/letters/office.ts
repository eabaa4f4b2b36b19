import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterEach, beforeEach } from 'vitest';
import { readIdentity } from '../../../src/identity/database.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { withDefaults } from '../../../src/platform/default-settings.ts';
import { dataConverterOf } from '../../../src/platform/payload-encryption.ts';
import type { PayloadKey } from '../../../src/platform/settings.ts';
import { ofDatabase, type QueueDefinition } from '../../../src/queues/definition.ts';
import { Starter } from '../../../src/starter/starter.ts';
import { answerXml, startTestGateway, type TestGateway } from '../gateway.ts';
import { recordingLogger, silentLogger } from '../logger.ts';
import { resetToFirstTask } from '../reset.ts';
import { connectTemporal } from '../temporal.ts';
import { until } from '../until.ts';
import { createLettersDatabase } from './database.ts';
import { allLetterQueues, letterFiles, lettersQueue } from './queue.ts';
import { type LetterRow, readLetter } from './rows.ts';
import { type RunningWorker, startLetterWorker, type WorkerOptions } from './worker.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Starter, worker, Postgres, Temporal and carrier together, each the real one. */
export interface Office {
  pool: Pool;
  client: Client;
  /** Where letters are sent. */
  carrier: TestGateway;
  queue: QueueDefinition;
  /** All queues of the office: letters, and those that serve them. */
  queues: readonly QueueDefinition[];
  /** Where `enclosures/a.txt` lies, and results are stored. */
  folder: string;
  /** What the workers log. */
  lines: Record<string, unknown>[];
  starter(workerId?: string): Starter;
  /** The options of its workers, unless one is given others. */
  workerOptions: Writable<WorkerOptions>;
  /** Starts a worker; those that the test does not stop itself end with the office. */
  startWorker(options?: Partial<WorkerOptions>): Promise<RunningWorker>;
  stopWorkers(): Promise<void>;
  workflow(jobId: string): WorkflowHandle;
  /** Resets the job's open run to its first workflow task. Answers the new run's id. */
  reset(jobId: string): Promise<string>;
  /** Waits until the row says so. */
  untilStatus(jobId: string, status: string): Promise<LetterRow>;
  resultFiles(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export async function openOffice(options: {
  databaseUrl: string;
  temporalAddress?: string;
  /** Those of starter and workers; a worker may be given others. */
  payloadKeys?: readonly PayloadKey[];
  /** One of its own when left out. */
  taskQueue?: string;
  /** How long letters wait for a carrier that is out of order, in milliseconds; by default not at all. */
  maxWaitMs?: number;
}): Promise<Office> {
  const { databaseUrl, temporalAddress, payloadKeys = [], maxWaitMs = 0 } = options;
  const { taskQueue = `letters-${randomUUID()}` } = options;
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-letters-'));
  await mkdir(join(folder, 'enclosures'));
  await writeFile(join(folder, 'enclosures', 'a.txt'), 'hello');
  const carrier = await startTestGateway(answerXml('<receipt/>'));
  const temporal = await connectTemporal(temporalAddress, dataConverterOf(payloadKeys));
  const pool = createPool({
    connectionString: databaseUrl,
    applicationName: 'test',
    max: 10,
    onError: () => undefined,
  });
  const { id: database } = await readIdentity(pool);
  const files = letterFiles(folder);
  const queue = lettersQueue({ taskQueue, maxWaitMs, database, files });
  const queues = ofDatabase(allLetterQueues(queue), database);
  const settings = withDefaults({ databaseUrl, taskQueue, temporalPayloadKeys: payloadKeys });
  const { log, lines } = recordingLogger();
  const workers: RunningWorker[] = [];
  const stopWorkers = async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
  };
  const workerOptions: WorkerOptions = {
    ...settings,
    resultRoot: folder,
    stagingRoot: join(folder, 'staging'),
    carrierUrl: carrier.url,
    tries: 6,
    retryInitialMs: 10,
    retryMaxMs: 60_000,
    timeoutMs: 180_000,
    breakerWindowMs: 30_000,
    probeIntervalMs: 10_000,
  };

  return {
    pool,
    client: temporal.client,
    carrier,
    queue,
    queues,
    folder,
    lines,
    workerOptions,
    starter: (workerId = 'starter-1') =>
      new Starter({ pool, client: temporal.client, queue, workerId, log: silentLogger }),
    async startWorker(given = {}) {
      const workerId = `worker-${workers.length + 1}`;
      const own = { ...workerOptions, workerId, ...given };
      const worker = await startLetterWorker(own, { queue, log, temporalAddress });
      workers.push(worker);
      return worker;
    },
    stopWorkers,
    workflow: (jobId) => temporal.client.workflow.getHandle(jobId),
    reset: (jobId) => resetToFirstTask(temporal.client, jobId),
    untilStatus: (jobId, status) =>
      until(async () => {
        const row = await readLetter(pool, jobId);
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
      await carrier.close();
      await pool.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Gives each test of the file an office on a database of its own, both gone afterwards; `use` is told the office. */
export function eachTestHasOffice(use: (office: Office) => void): void {
  let close: () => Promise<void>;
  beforeEach(async () => {
    const database = await createLettersDatabase();
    const office = await openOffice({ databaseUrl: database.url });
    close = async () => {
      await office.close();
      await database.drop();
    };
    use(office);
  });
  afterEach(() => close());
}
