import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inject } from 'vitest';
import type { Child } from '../../server/dev/child.ts';
import { freePort } from '../../server/dev/ports.ts';
import { compileCache, type Role, startRole } from '../../server/dev/roles.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createTestDatabase } from './database.ts';
import { readJob, type TestRow } from './jobs.ts';
import { until } from './until.ts';

/** A process of a role, as `npm run ROLE` starts it. */
export interface RunningRole extends Child {
  readonly role: Role;
  readonly url: string;
  kill(signal: NodeJS.Signals): Promise<string>;
}

const ended = ['complete', 'failed', 'canceled'];

/** The real processes on a database, a folder and a task queue of their own. Whatever it started ends with `close`. */
export class Fleet {
  readonly folder: string;
  readonly pool: Pool;
  readonly env: Record<string, string>;
  readonly #database: { drop(): Promise<void> };
  readonly #running = new Set<RunningRole>();
  #started = 0;
  #api = '';

  private constructor(folder: string, database: { url: string; drop(): Promise<void> }, servers: Servers) {
    this.folder = folder;
    this.#database = database;
    this.pool = createPool({
      connectionString: database.url,
      applicationName: 'test',
      max: 5,
      onError: () => undefined,
    });
    this.env = {
      PATH: process.env['PATH'] ?? '',
      ...compileCache,
      TMPDIR: join(folder, 'tmp'), // a process that is killed leaves what it had there
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      TASK_QUEUE: `fleet-${randomBytes(6).toString('hex')}`,
      UPLOAD_ROOT: join(folder, 'uploads'),
      RESULT_ROOT: folder,
      STAGING_ROOT: join(folder, 'staging'),
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'debug',
      SHUTDOWN_GRACE_TIME: '5000',
      COMMAND_SANDBOX: 'off', // commands are looked at from outside
    };
  }

  static async create(servers: Partial<Servers> = {}): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-fleet-'));
    await mkdir(join(folder, 'tmp'));
    const database = servers.database ?? (await createTestDatabase());
    return new Fleet(folder, database, { temporalAddress: inject('temporalAddress'), ...servers });
  }

  /** Starts one more process of the role and waits until it is ready. */
  async start(role: Role, settings: Record<string, string> = {}): Promise<RunningRole> {
    const port = Number(settings['PORT'] ?? (await freePort()));
    const url = `http://127.0.0.1:${port}`;
    const portSetting = {
      api: 'API_PORT',
      gateway: 'GATEWAY_PORT',
      starter: 'HEALTH_PORT',
      worker: 'HEALTH_PORT',
    }[role];
    this.#started += 1;
    const child = await startRole({
      role,
      env: { ...this.env, ...settings, [portSetting]: String(port) },
      readyUrl: role === 'gateway' ? `${url}/health` : `${url}/health/ready`,
      logFile: join(this.folder, `${role}-${this.#started}.log`),
    });
    const running: RunningRole = {
      ...child,
      role,
      url,
      kill: async (signal) => {
        process.kill(child.pid, signal);
        return child.ended;
      },
    };
    this.#running.add(running);
    void child.ended.then(() => this.#running.delete(running));
    if (role === 'gateway') this.env['GATEWAY_URL'] = url;
    if (role === 'api') this.#api = url;
    return running;
  }

  /** Uploads a file and answers its job's id. */
  async upload(
    file: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<string> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', await openAsBlob(file, { type: 'application/pdf' }), basename(file));
    const response = await fetch(`${this.#api}/api/upload`, { method: 'POST', body: form, headers });
    const body = (await response.json()) as { id?: string; detail?: string };
    if (response.status !== 202 || body.id === undefined)
      throw new Error(`${response.status}: ${body.detail}`);
    return body.id;
  }

  job(id: string): Promise<TestRow> {
    return readJob(this.pool, id);
  }

  /** Waits until the job has ended. */
  settled(id: string): Promise<TestRow> {
    return until(async () => {
      const row = await this.job(id);
      return ended.includes(row.status) && row;
    });
  }

  result(row: TestRow): Promise<string> {
    return readFile(join(this.folder, row.result_path ?? ''), 'utf8');
  }

  /** Every log line of every process so far, with the role that wrote it. */
  async logLines(): Promise<Record<string, unknown>[]> {
    const files = (await readdir(this.folder)).filter((name) => name.endsWith('.log'));
    const texts = await Promise.all(files.map((name) => readFile(join(this.folder, name), 'utf8')));
    return texts.flatMap((text) => text.split('\n').flatMap(parseLine));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((role) => role.stop(20_000)));
    await this.pool.end();
    await this.#database.drop();
    if (!process.env['KEEP_FLEET']) await rm(this.folder, { recursive: true, force: true });
  }
}

interface Servers {
  temporalAddress: string;
  /** In place of one on the server that all tests share. */
  database?: { url: string; drop(): Promise<void> };
}

/** A line that is no JSON (a crash of Node itself) is a line all the same. */
function parseLine(line: string): Record<string, unknown>[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [{ raw: line }];
  }
}
