import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '../../src/api/api.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import { KnownTokens } from '../../src/api/known-tokens.ts';
import type { LiveOptions } from '../../src/api/live/routes.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { type Answer, sendJson } from '../support/http.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { allLetterQueues } from '../support/letters/queue.ts';
import { recordingLogger } from '../support/logger.ts';
import { letterRoutes } from './letters-plugin.ts';

export interface LettersApi {
  url: string;
  /** What it was made of. */
  deps: ApiDeps;
  pool: Pool;
  databaseUrl: string;
  /** The folder without which it is not ready. */
  letterBox: string;
  lines: Record<string, unknown>[];
  countLetters(): Promise<number>;
  close(): Promise<void>;
}

/** An API on a free port with a database of its own. */
export async function startLettersApi(
  options: {
    /** Where the API looks for its database, when not in the test's own. */
    databaseUrl?: string;
    apiHost?: string;
    /** The clock by which the API believes what the database said of tokens. */
    now?: () => number;
    live?: LiveOptions;
    /** The folder of the page. */
    page?: string;
  } = {},
): Promise<LettersApi> {
  const database = await createLettersDatabase();
  const letterBox = await mkdtemp(join(tmpdir(), 'switchyard-api-'));
  const { log, lines } = recordingLogger();
  const open = (connectionString: string) =>
    createPool({ connectionString, applicationName: 'test', max: 10, onError: () => undefined });
  const pool = open(database.url);
  const apiPool = options.databaseUrl === undefined ? pool : open(options.databaseUrl);
  const deps: ApiDeps = {
    settings: { apiHost: options.apiHost ?? '127.0.0.1' },
    queues: allLetterQueues(),
    plugins: [letterRoutes(letterBox)],
    pool: apiPool,
    tokens: new KnownTokens(apiPool, options.now),
    log,
    ...(options.live !== undefined && { live: options.live }),
    ...(options.page === undefined ? {} : { page: options.page }),
  };
  const app = await createApi(deps);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    deps,
    pool,
    databaseUrl: database.url,
    letterBox,
    lines,
    countLetters: async () => (await pool.query('SELECT FROM letters')).rowCount ?? -1,
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
      await pool.end();
      if (apiPool !== pool) await apiPool.end();
      await database.drop();
      await rm(letterBox, { recursive: true, force: true });
    },
  };
}

/** Asks the API to write a letter. */
export const postLetter = (api: LettersApi, headers: Record<string, string> = {}): Promise<Answer> =>
  sendJson(api, 'POST', '/api/letters', {}, headers);
