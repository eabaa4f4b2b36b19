import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileCache } from '../../../../server/dev/roles.ts';
import { loadSettings } from '../../../../server/settings.ts';
import { createPool, type Pool } from '../../../../src/platform/database.ts';
import { webhooksQueue } from '../../../../src/queues/webhooks.ts';
import { Doorbell } from '../../../../src/starter/doorbell.ts';
import { runStarterLoop } from '../../../../src/starter/loop.ts';
import { Signals } from '../../../../src/starter/signals.ts';
import { runSignalsLoop } from '../../../../src/starter/signals-loop.ts';
import { Starter } from '../../../../src/starter/starter.ts';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { recordingLogger, silentLogger } from '../../../../test/support/logger.ts';
import type { RunningWorker } from '../../../../test/support/running-worker.ts';
import { connectTemporal } from '../../../../test/support/temporal.ts';
import { until } from '../../../../test/support/until.ts';
import { startTestWorker } from '../../../../test/support/worker.ts';
import { agentRunsQueue } from '../../queue.ts';

const run = promisify(execFile);
export const serverFile = join(import.meta.dirname, 'mcp-server.ts');

export interface Run {
  id: string;
  status: string;
  attempt: number;
  claimed_by: string | null;
  heartbeat_at: Date | null;
  canceled_at: Date | null;
  finished_at: Date | null;
  question: { step: string; message: string } | null;
  progress: { done: string[]; base: string; commit: string } | null;
  result: {
    branch: string;
    base: string;
    commit: string;
    manifest: { path: string };
    artifacts: { name: string }[];
  };
  error_code: string | null;
  error: string | null;
}

/** A real repository, starter, worker, Temporal and Postgres; runs call real MCP servers. */
export type Agents = Awaited<ReturnType<typeof createAgents>>;

export async function createAgents(options: { env?: Record<string, string> } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-agents-'));
  const repository = await createRepository(folder);
  const database = await createTestDatabase();
  const temporal = await connectTemporal();
  const pool = open(database.url);
  const env: Record<string, string> = {
    DATABASE_URL: database.url,
    QUEUES: 'agent-runs',
    TASK_QUEUE: `agents-${randomUUID()}`,
    RESULT_ROOT: folder,
    STAGING_ROOT: join(folder, 'staging'),
    AGENT_REPOSITORY: repository,
    AGENT_WORKSPACES: join(folder, 'workspaces'),
    MCP_SERVERS: JSON.stringify({
      tools: {
        command: process.execPath,
        args: [serverFile],
        env: { ...compileCache, GIVEN: 'to the server' },
      },
    }),
    SHUTDOWN_GRACE_TIME: '0',
    ...options.env,
  };
  const settings = loadSettings(env);
  const queue = agentRunsQueue(settings);
  const stopping = new AbortController();
  const { log, lines } = recordingLogger();
  const doorbell = new Doorbell({
    connectionString: database.url,
    applicationName: 'test doorbell',
    log: silentLogger,
  });
  doorbell.open();
  const loops = [queue, webhooksQueue(settings)].flatMap((each) => {
    const shared = { doorbell, pollIntervalMs: 200, log: silentLogger, signal: stopping.signal };
    const deps = { pool, client: temporal.client, queue: each, log: silentLogger };
    return [
      runStarterLoop({ ...shared, starter: new Starter({ ...deps, workerId: 'starter-1' }) }),
      runSignalsLoop({ ...shared, signals: new Signals(deps) }),
    ];
  });
  const workers: RunningWorker[] = [];

  const read = async (id: string): Promise<Run> => {
    const { rows } = await pool.query<Run>('SELECT * FROM ops.runs WHERE id = $1', [id]);
    if (rows[0] === undefined) throw new Error(`run ${id} is gone`);
    return rows[0];
  };
  const git = async (...args: string[]) => (await run('git', ['-C', repository, ...args])).stdout.trim();

  return {
    pool,
    client: temporal.client,
    queue,
    folder,
    repository,
    env,
    lines,
    git,
    read,
    async startWorker(more: Record<string, string> = {}): Promise<RunningWorker> {
      const worker = await startTestWorker({
        env: { ...env, WORKER_ID: `worker-${workers.length + 1}`, ...more },
        log,
      });
      workers.push(worker);
      return worker;
    },
    insert: (plan: unknown, fields: RunFields = {}) => insertRun(pool, plan, fields),
    /** Waits until the run is in one of these states. */
    untilStatus: (id: string, ...statuses: string[]) =>
      until(async () => {
        const row = await read(id);
        if (!statuses.includes(row.status) && row.status === 'failed')
          throw new Error(`${row.error_code}: ${row.error}`);
        return statuses.includes(row.status) && row;
      }),
    artifact: (id: string, name: string, attempt = 1) =>
      readFile(join(folder, 'agent-runs', id, String(attempt), name), 'utf8'),
    async close(): Promise<void> {
      stopping.abort();
      await Promise.all(loops);
      doorbell.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await temporal.close();
      await pool.end();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface RunFields {
  session?: string;
  lane?: string;
  priority?: number;
}

/** Inserts a run, in lane A of the session s1 unless it says otherwise. Answers its id. */
export async function insertRun(pool: Pool, plan: unknown, fields: RunFields = {}): Promise<string> {
  const { session = 's1', lane = 'A', priority = 0 } = fields;
  const { rows } = await pool.query<{ id: string }>(
    'INSERT INTO ops.runs (session_id, lane, priority, plan) VALUES ($1, $2, $3, $4) RETURNING id',
    [session, lane, priority, JSON.stringify(plan)],
  );
  return rows[0]?.id ?? '';
}

function open(connectionString: string): Pool {
  return createPool({ connectionString, applicationName: 'test', max: 10, onError: () => undefined });
}

/** A repository with one commit. */
export async function createRepository(folder: string): Promise<string> {
  const repository = join(folder, 'repository');
  await run('git', ['init', '--quiet', '--initial-branch', 'main', repository]);
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  await run('git', ['-C', repository, ...author, 'commit', '--quiet', '--allow-empty', '-m', 'first']);
  return repository;
}

export const write = (id: string, path: string, text: unknown, more: Record<string, unknown> = {}) => ({
  id,
  server: 'tools',
  tool: 'write',
  arguments: { path, text, ...more },
});

export const call = (
  id: string,
  tool: string,
  args: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
) => ({
  id,
  server: 'tools',
  tool,
  arguments: args,
  ...more,
});

/** What `deploy/verify-agent-runs.sql` asks, by the first words of its comments. */
export async function verification(about: string): Promise<string> {
  const file = new URL('../../../../deploy/verify-agent-runs.sql', import.meta.url);
  const found = (await readFile(file, 'utf8')).split(';').find((part) => part.includes(`-- ${about}`));
  if (found === undefined) throw new Error(`verify-agent-runs.sql does not ask about "${about}"`);
  return found;
}

/** Whether a process is there; a zombie is not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}
