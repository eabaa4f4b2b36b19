import { mkdir } from 'node:fs/promises';
import { isDatabaseTrouble } from '../platform/database-errors.ts';
import { SetupError } from '../platform/errors.ts';
import { serveUntilAborted } from '../platform/http-server.ts';
import type { ProcessContext } from '../platform/process.ts';
import { openRolePool } from '../platform/role-pool.ts';
import { defineQueues } from '../queues/index.ts';
import { invoicesQueue } from '../queues/invoices.ts';
import { verifyApi } from '../verify/start.ts';
import { createApi } from './api.ts';
import { KnownTokens } from './known-tokens.ts';
import { keepSweeping } from './sweep.ts';
import { requireTokenBeyondLoopback } from './token-before-listening.ts';

/** The API role: from settings to a clean end at the signal. Serves also while Postgres is away, with 503. */
export async function runApi({ settings, log, signal }: ProcessContext): Promise<void> {
  await mkdir(settings.uploadRoot, { recursive: true });
  const pool = openRolePool('api', { settings, log });
  const queue = invoicesQueue(settings);
  const queues = defineQueues(settings);
  const tokens = new KnownTokens(pool);
  const stopSweeping = keepSweeping(settings.uploadRoot, log);
  try {
    await verifyApi(pool, queues).catch((error: unknown) => {
      if (error instanceof SetupError || !isDatabaseTrouble(error)) throw error;
      log.warn({ err: error }, 'the database is away: not known whether the role has its rights');
    });
    await requireTokenBeyondLoopback(tokens, settings.apiHost, log);
    const app = await createApi({ settings, queue, queues, pool, tokens, log });
    await serveUntilAborted(app, {
      name: 'API',
      host: settings.apiHost,
      port: settings.apiPort,
      settings: 'API_HOST and API_PORT',
      graceMs: settings.shutdownGraceMs,
      signal,
      log,
    });
  } finally {
    stopSweeping();
    await pool.end();
  }
}
