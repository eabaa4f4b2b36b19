import { lookUpPollers } from '../operations/pollers.ts';
import { tellQueues } from '../operations/queue-figures.ts';
import { rememberPollers } from '../operations/remembered-pollers.ts';
import { readSteps } from '../operations/steps/read-steps.ts';
import { temporalOnDemand } from '../operations/temporal-on-demand.ts';
import { temporalUiOf } from '../operations/temporal-ui.ts';
import type { Pool } from '../platform/database.ts';
import { isDatabaseTrouble } from '../platform/database-errors.ts';
import { SetupError } from '../platform/errors.ts';
import { serveUntilAborted } from '../platform/http-server.ts';
import type { Logger } from '../platform/logging.ts';
import type { ProcessContext } from '../platform/process.ts';
import { openRolePool } from '../platform/role-pool.ts';
import { requireRegistry } from '../registry/watched-queues.ts';
import { requireSchema } from '../verify/schema.ts';
import { verifyApi } from '../verify/start.ts';
import { createApi } from './api.ts';
import type { ApiDeps } from './deps.ts';
import { KnownTokens } from './known-tokens.ts';
import { requireTokenBeyondLoopback } from './token-before-listening.ts';

/** The API role: from settings to a clean end at the signal. Serves also while Postgres is away, with 503. */
export async function runApi(
  { settings, log, signal }: ProcessContext,
  application: Pick<ApiDeps, 'queues' | 'plugins'>,
): Promise<void> {
  const ends: (() => void)[] = [];
  const pool = openRolePool('api', { settings, log });
  const tokens = new KnownTokens(pool);
  ends.push(tellQueues(pool));
  const temporal = temporalOnDemand(settings);
  try {
    for (const plugin of application.plugins) if (plugin.start) ends.push(await plugin.start(log));
    await verifyDatabase(pool, application.queues, log).catch((error: unknown) => {
      if (error instanceof SetupError || !isDatabaseTrouble(error)) throw error;
      log.warn({ err: error }, 'the database is away: not known whether the role has its rights');
    });
    await requireTokenBeyondLoopback(tokens, settings.apiHost, log);
    const examine = async () => {
      const { diagnose } = await import('../operations/doctor/doctor.ts');
      return (await diagnose({ settings, queues: application.queues })).findings;
    };
    const app = await createApi({
      settings,
      ...application,
      pool,
      tokens,
      examine,
      log,
      temporalUi: temporalUiOf(settings),
      readSteps: async (run) => readSteps(await temporal.client(), run),
      lookUpPollers: rememberPollers((taskQueues) => lookUpPollers(settings, taskQueues)),
    });
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
    for (const end of ends) end();
    await temporal.close();
    await pool.end();
  }
}

async function verifyDatabase(pool: Pool, queues: ApiDeps['queues'], log: Logger): Promise<void> {
  await requireRegistry(pool);
  await requireSchema(pool, log);
  await verifyApi(pool, queues);
}
