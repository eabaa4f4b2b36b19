import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadSettings } from '../../../../server/settings.ts';
import { createPool, type Pool } from '../../../../src/platform/database.ts';
import { Doorbell } from '../../../../src/starter/doorbell.ts';
import { runStarterLoop } from '../../../../src/starter/loop.ts';
import { Signals } from '../../../../src/starter/signals.ts';
import { runSignalsLoop } from '../../../../src/starter/signals-loop.ts';
import { Starter } from '../../../../src/starter/starter.ts';
import { asAdministrator, createTestDatabase } from '../../../../test/support/database.ts';
import { recordingLogger, silentLogger } from '../../../../test/support/logger.ts';
import type { RunningWorker } from '../../../../test/support/running-worker.ts';
import { connectTemporal } from '../../../../test/support/temporal.ts';
import { until } from '../../../../test/support/until.ts';
import { startTestWorker } from '../../../../test/support/worker.ts';
import { uploadsQueue } from '../../queue.ts';

interface UploadRow {
  job_id: string;
  document_id: string;
  stage: string;
  state: string;
  error: string | null;
  error_code: string | null;
  failed_stage: string | null;
  attempt: number;
}

/**
 * Starter, worker, Postgres and Temporal for the queue of uploads, each the real one, with the rights of its database role
 * alone. The starter never polls.
 */
export interface Uploads {
  pool: Pool;
  /** The upload root. */
  root: string;
  lines: Record<string, unknown>[];
  startWorker(env?: Record<string, string>): Promise<RunningWorker>;
  /** Stores a file and inserts its document and job by plain SQL. Answers the job's id. */
  insert(fields?: UploadFields): Promise<string>;
  read(jobId: string): Promise<UploadRow>;
  untilState(jobId: string, state: string): Promise<UploadRow>;
  /** The stages of a job as its events tell them, then how it ended. */
  history(jobId: string): Promise<string[]>;
  close(): Promise<void>;
}

interface UploadFields extends Partial<DocumentFields> {
  content?: Uint8Array | string;
  /** Whether the file is where its row says. */
  stored?: boolean;
  stage?: string;
}

interface DocumentFields {
  path: string;
  media_type: string;
  sha256: string;
  size: number;
  text_path: string;
}

export async function createUploads(): Promise<Uploads> {
  const database = await createTestDatabase();
  const root = await mkdtemp(join(tmpdir(), 'switchyard-uploads-'));
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 10,
    onError: () => undefined,
  });
  const temporal = await connectTemporal();
  const { log, lines } = recordingLogger();
  const env = { DATABASE_URL: database.url, QUEUES: 'uploads', TASK_QUEUE: randomUUID(), UPLOAD_ROOT: root };
  const starterPool = createPool({
    connectionString: asRole(database.url, 'switchyard_starter'),
    applicationName: 'test starter',
    max: 4,
    onError: () => undefined,
  });
  const starting = startStarter(env, starterPool, temporal.client);
  const workers: RunningWorker[] = [];
  const read = async (jobId: string): Promise<UploadRow> => {
    const { rows } = await pool.query('SELECT * FROM upload_pipeline.upload_jobs WHERE job_id = $1', [jobId]);
    return rows[0];
  };

  return {
    pool,
    root,
    lines,
    read,
    async startWorker(more = {}) {
      const worker = await startTestWorker({
        env: {
          ...env,
          DATABASE_URL: asRole(database.url, 'switchyard_worker'),
          RESULT_ROOT: root,
          STAGING_ROOT: join(root, 'staging'),
          WORKER_ID: `worker-${workers.length + 1}`,
          UPLOADS_CONCURRENCY: '2',
          ...more,
        },
        log,
      });
      workers.push(worker);
      return worker;
    },
    insert: (fields = {}) => insertUpload(pool, root, fields),
    untilState: (jobId, state) =>
      until(async () => {
        const row = await read(jobId);
        return row.state === state && row;
      }),
    async history(jobId) {
      const { rows } = await pool.query<{ told: string }>(
        `SELECT CASE code WHEN 'STAGE' THEN detail ELSE to_status END AS told
           FROM switchyard.job_events WHERE queue = 'uploads' AND job_id = $1 ORDER BY id`,
        [jobId],
      );
      return rows.map(({ told }) => told);
    },
    async close() {
      await starting.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await temporal.close();
      await starterPool.end();
      await pool.end();
      await database.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** From the login of an administrator, who may become any role; the owner of the database may not. */
const asRole = (url: string, role: string) =>
  `${asAdministrator(url)}?options=${encodeURIComponent(`-c role=${role}`)}`;

/** Both loops of a starter, woken by the doorbell alone. */
function startStarter(
  env: { DATABASE_URL: string; TASK_QUEUE: string },
  pool: Pool,
  client: Awaited<ReturnType<typeof connectTemporal>>['client'],
) {
  const queue = uploadsQueue(loadSettings(env));
  const stop = new AbortController();
  const doorbell = new Doorbell({
    connectionString: env.DATABASE_URL,
    applicationName: 'test doorbell',
    log: silentLogger,
  });
  doorbell.open();
  const shared = { doorbell, pollIntervalMs: 3_600_000, log: silentLogger, signal: stop.signal };
  const starter = new Starter({ pool, client, queue, workerId: 'starter-1', log: silentLogger });
  const running = Promise.all([
    runStarterLoop({ ...shared, starter }),
    runSignalsLoop({ ...shared, signals: new Signals({ pool, client, queue, log: silentLogger }) }),
  ]);
  return {
    async stop() {
      stop.abort();
      await running;
      doorbell.close();
    },
  };
}

/** Stores a file and inserts its document and job. Answers the id of the job. */
export async function insertUpload(pool: Pool, root: string, fields: UploadFields): Promise<string> {
  const { content = '# A title\n', stored = true, stage = 'queued', ...given } = fields;
  const bytes = Buffer.from(content);
  const document = {
    path: `${randomUUID()}.md`,
    media_type: 'text/markdown',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    ...given,
  };
  if (stored) {
    await mkdir(dirname(join(root, document.path)), { recursive: true });
    await writeFile(join(root, document.path), bytes);
  }
  const columns = Object.keys(document);
  const { rows } = await pool.query<{ job_id: string }>(
    `WITH document AS (
       INSERT INTO upload_pipeline.documents (${columns.join(', ')})
       VALUES (${columns.map((_, i) => `$${i + 2}`).join(', ')}) RETURNING document_id)
     INSERT INTO upload_pipeline.upload_jobs (document_id, stage) SELECT document_id, $1 FROM document
     RETURNING job_id`,
    [stage, ...Object.values(document)],
  );
  return rows[0]?.job_id ?? '';
}
