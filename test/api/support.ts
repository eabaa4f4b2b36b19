import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { defineQueues } from '../../server/queues.ts';
import { apiPlugins } from '../../server/roles/api.ts';
import { loadSettings } from '../../server/settings.ts';
import { createApi } from '../../src/api/api.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import { KnownTokens } from '../../src/api/known-tokens.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { recordingLogger } from '../support/logger.ts';

export interface TestApi {
  url: string;
  /** What it was made of. */
  deps: ApiDeps;
  pool: Pool;
  databaseUrl: string;
  uploadRoot: string;
  resultRoot: string;
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
      mappingsDir,
      maxUploadBytes: options.maxUploadBytes ?? 1024 * 1024,
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

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Parsed as JSON; fails the test when it is none. */
  json(): Record<string, unknown>;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

/** One request over a connection of its own, with exactly these headers. */
export async function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false });
  const answered = once(outgoing, 'response');
  // The server may answer, and be done with us, before it has read all of a body it refuses.
  outgoing.on('error', () => undefined);
  outgoing.end(body);
  const [response] = await answered;
  const answer = await text(response);
  return {
    status: response.statusCode,
    headers: response.headers,
    text: answer,
    json: () => JSON.parse(answer),
  };
}

export const get = (api: TestApi, path: string, headers: Record<string, string> = {}) =>
  send(`${api.url}${path}`, { headers });

export interface Part {
  name: string;
  value: string | Buffer;
  /** Makes the part a file. */
  filename?: string;
  type?: string;
}

export const boundary = 'switchyard-test-boundary';
export const multipartType = `multipart/form-data; boundary=${boundary}`;

export function multipartBody(parts: readonly Part[]): Buffer {
  const chunks = parts.flatMap(({ name, value, filename, type }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"`,
    type === undefined ? '' : `\r\nContent-Type: ${type}`,
    '\r\n\r\n',
    value,
    '\r\n',
  ]);
  return Buffer.concat([...chunks, `--${boundary}--\r\n`].map((chunk) => Buffer.from(chunk)));
}

export const pdf = Buffer.from('%PDF-1.7\nhello\n%%EOF\n');
export const pdfPart = (fields: Partial<Part> = {}): Part => ({
  name: 'file',
  filename: 'test.pdf',
  type: 'application/pdf',
  value: pdf,
  ...fields,
});

export function upload(
  api: TestApi,
  parts: readonly Part[],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = multipartBody(parts);
  return send(`${api.url}/api/upload`, {
    method: 'POST',
    headers: { 'content-type': multipartType, 'content-length': String(body.length), ...headers },
    body,
  });
}

/** A request with a body of JSON, or with none. */
export function sendJson(
  api: TestApi,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  if (body === undefined) return send(`${api.url}${path}`, { method, headers });
  return send(`${api.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
