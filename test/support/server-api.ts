import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineQueues } from '../../server/queues.ts';
import { apiPlugins } from '../../server/roles/api.ts';
import { loadSettings } from '../../server/settings.ts';
import { createApi } from '../../src/api/api.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import { KnownTokens } from '../../src/api/known-tokens.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import type { StorageSettings } from '../../src/storage/storage.ts';
import { createTestDatabase } from './database.ts';
import { recordingLogger } from './logger.ts';

export interface TestApi {
  url: string;
  /** What it was made of. */
  deps: ApiDeps;
  pool: Pool;
  databaseUrl: string;
  uploadRoot: string;
  resultRoot: string;
  buildRoot: string;
  lines: Record<string, unknown>[];
  uploads(): Promise<string[]>;
  countJobs(): Promise<number>;
  /** As at the end of the process: what is under way may end. */
  stopListening(): Promise<void>;
  close(): Promise<void>;
}

export interface TestApiOptions {
  maxUploadBytes?: number;
  /** A migrated database to use instead of a new one; whoever gives it drops it. */
  database?: { url: string; drop?: () => Promise<void> };
  /** Where the API looks for its database, when not in the test's own. */
  databaseUrl?: (real: string) => string | Promise<string>;
  uploadRoot?: string;
  resultRoot?: string;
  gatewayUrl?: string;
  /** Where it keeps files; by default in its folders. */
  storage?: StorageSettings;
  apiHost?: string;
  /** The clock by which the API believes what the database said of tokens. */
  now?: () => number;
}

/** An API on a free port with a database and folders of its own; knows the mappings `invoice` and `en16931`. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const database = options.database ?? (await createTestDatabase());
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-api-'));
  const uploadRoot = options.uploadRoot ?? join(folder, 'uploads');
  const resultRoot = options.resultRoot ?? join(folder, 'data');
  const buildRoot = join(folder, 'builds');
  await mkdir(buildRoot);
  await mkdir(join(resultRoot, 'results'), { recursive: true });
  await mkdir(uploadRoot, { recursive: true });
  const mappingsDir = join(folder, 'mappings');
  await mkdir(mappingsDir);
  for (const name of ['invoice', 'en16931']) await writeFile(join(mappingsDir, `${name}.json`), '{}');
  const { log, lines } = recordingLogger();
  const open = (connectionString: string) =>
    createPool({ connectionString, applicationName: 'test', max: 10, onError: () => undefined });
  const pool = open(database.url);
  const apiPool = options.databaseUrl ? open(await options.databaseUrl(database.url)) : pool;
  const apiHost = options.apiHost ?? '127.0.0.1';
  const deps: ApiDeps = {
    settings: { apiHost },
    queues: defineQueues(loadSettings({})),
    plugins: apiPlugins({
      uploadRoot,
      resultRoot,
      ...options.storage,
      mappingsDir,
      maxUploadBytes: options.maxUploadBytes ?? 1024 * 1024,
      buildRoot,
      gatewayUrl: options.gatewayUrl ?? 'http://127.0.0.1:1',
      gatewayTimeoutMs: 30_000,
    }),
    pool: apiPool,
    tokens: new KnownTokens(apiPool, options.now),
    log,
  };
  const app = await createApi(deps);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    deps,
    pool,
    databaseUrl: database.url,
    uploadRoot,
    resultRoot,
    buildRoot,
    lines,
    uploads: () => readdir(uploadRoot),
    countJobs: async () =>
      (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM jobs')).rows[0]?.n ?? -1,
    stopListening: () => app.close(),
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
      await pool.end();
      if (apiPool !== pool) await apiPool.end();
      await database.drop?.();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
