import { execFile } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { servedQueues } from '../../../../server/queues.ts';
import { loadSettings } from '../../../../server/settings.ts';
import { createPool, type Pool } from '../../../../src/platform/database.ts';
import { Signals } from '../../../../src/starter/signals.ts';
import { Starter } from '../../../../src/starter/starter.ts';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { recordingLogger, silentLogger } from '../../../../test/support/logger.ts';
import type { RunningWorker } from '../../../../test/support/running-worker.ts';
import { connectTemporal } from '../../../../test/support/temporal.ts';
import { until } from '../../../../test/support/until.ts';
import { startTestWorker } from '../../../../test/support/worker.ts';

const run = promisify(execFile);

/** Git as a developer calls it, in the repository. Answers what it says. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  return (await run('git', ['-C', folder, ...who, ...args])).stdout.trim();
}

/** A repository with these files on its branch `main`. */
export async function makeRepository(folder: string, files: Record<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  await commit(folder, files);
}

/** Answers the hash of the new commit. */
export async function commit(folder: string, files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message=change');
  return git(folder, 'rev-parse', 'HEAD');
}

/** Commits a submodule, whose address is the repository's path unless it is given. */
export async function addSubmodule(folder: string, from: string, path: string, url = from): Promise<void> {
  const head = await git(from, 'rev-parse', 'HEAD');
  const file = ['config', '--file', join(folder, '.gitmodules'), '--add'];
  await git(folder, ...file, `submodule.${path}.path`, path);
  await git(folder, ...file, `submodule.${path}.url`, url);
  await git(folder, 'add', '.gitmodules');
  await git(folder, 'update-index', '--add', '--cacheinfo', `160000,${head},${path}`);
  await git(folder, 'commit', '--quiet', '--message=submodule');
}

interface BuildRow {
  id: string;
  status: string;
  commit_hash: string | null;
  attempt: number;
  artifact_path: string | null;
  artifact_sha256: string | null;
  error: string | null;
  error_code: string | null;
  started_at: Date | null;
  completed_at: Date | null;
}

interface DeploymentRow {
  id: string;
  status: string;
  environment: string;
  run_at: unknown;
  release_path: string | null;
  error: string | null;
  error_code: string | null;
}

type Table = 'builds' | 'deployments';
type RowOf = { builds: BuildRow; deployments: DeploymentRow };

/** Inserts a row under an id that no other test has: its workflow would be the same. Answers the id. */
export async function insertTask(pool: Pool, table: Table, fields: Record<string, unknown>): Promise<string> {
  const row: Record<string, unknown> = { id: randomInt(2 ** 47), ...fields };
  const columns = Object.keys(row);
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO ${table} (${columns.join(', ')})
     OVERRIDING SYSTEM VALUE VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(row),
  );
  return rows[0]?.id ?? '';
}

export async function readTask<T extends Table>(pool: Pool, table: T, id: string): Promise<RowOf[T]> {
  const { rows } = await pool.query(`SELECT * FROM ${table} WHERE id = $1`, [id]);
  const row = rows[0] as RowOf[T] | undefined;
  if (row === undefined) throw new Error(`${table} ${id} is gone`);
  return row;
}

/** Starters and worker for builds and deployments, over a database, a folder and a task queue of their own. */
export interface BuildPipeline {
  pool: Pool;
  client: Client;
  /** `repositories`, `builds` and `deployments` are in it. */
  folder: string;
  lines: Record<string, unknown>[];
  env: Record<string, string>;
  starters(workerId?: string): Starter[];
  signals(): Signals[];
  startWorker(env?: Record<string, string>): Promise<RunningWorker>;
  /** Claims and carries signals until the row says so. */
  untilStatus<T extends Table>(table: T, id: string, ...statuses: string[]): Promise<RowOf[T]>;
  audit(taskId?: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function createBuildPipeline(): Promise<BuildPipeline> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-builds-'));
  const database = await createTestDatabase();
  const temporal = await connectTemporal();
  const { log, lines } = recordingLogger();
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 20,
    onError: () => undefined,
  });
  const env = {
    DATABASE_URL: database.url,
    TASK_QUEUE: `builds-${randomUUID()}`,
    QUEUES: 'builds,deployments',
    BUILD_ROOT: join(folder, 'builds'),
    BUILD_LOCAL_ROOTS: join(folder, 'repositories'),
    DEPLOY_ROOT: join(folder, 'deployments'),
    SHUTDOWN_GRACE_TIME: '100',
  };
  const queues = servedQueues(loadSettings(env)).filter(({ name }) => env.QUEUES.includes(name));
  const starters = (workerId = 'starter-1') =>
    queues.map((queue) => new Starter({ pool, client: temporal.client, queue, workerId, log: silentLogger }));
  const signals = () =>
    queues.map((queue) => new Signals({ pool, client: temporal.client, queue, log: silentLogger }));
  const workers: RunningWorker[] = [];
  const [own, asked] = [starters(), signals()];
  return {
    pool,
    client: temporal.client,
    folder,
    lines,
    env,
    starters,
    signals,
    async startWorker(more = {}) {
      const worker = await startTestWorker({ env: { WORKER_ID: 'worker-1', ...env, ...more }, log });
      workers.push(worker);
      return worker;
    },
    untilStatus: (table, id, ...statuses) =>
      until(async () => {
        for (const each of [...own, ...asked]) await each.runOnce();
        const row = await readTask(pool, table, id);
        return statuses.includes(row.status) && row;
      }),
    async audit(taskId) {
      const { rows } = await pool.query<{ action: string }>(
        `SELECT action FROM switchyard.audit_entries WHERE $1::text IS NULL OR task_id = $1 ORDER BY id`,
        [taskId],
      );
      return rows.map(({ action }) => action);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await temporal.close();
      await pool.end();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
