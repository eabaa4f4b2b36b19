import { runProcess, type ServerContext } from '../../server/process.ts';
import { createPool } from '../../src/platform/database.ts';
import { postgresCheck, temporalCheck } from '../../src/platform/health-checks.ts';
import { serveHealth } from '../../src/platform/health-server.ts';
import { createTemporalClient, loadTemporalConfig } from '../../src/platform/temporal.ts';
import { Doorbell } from '../../src/starter/doorbell.ts';
import { runStarterLoop } from '../../src/starter/loop.ts';
import { Starter } from '../../src/starter/starter.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { noOpQueue } from './queue.ts';

/** The product's starter loop over the no-op queue, as `src/starter/run.ts` sets it up. */
async function runNoOpStarter({ settings, log, signal }: ServerContext): Promise<void> {
  const queue = noOpQueue(settings);
  const applicationName = `switchyard starter ${settings.workerId}`;
  const pool = createPool({
    connectionString: settings.databaseUrl,
    applicationName,
    max: settings.databasePoolSize,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
  const client = createTemporalClient(loadTemporalConfig(settings), settings.workerId);
  const doorbell = new Doorbell({ connectionString: settings.databaseUrl, applicationName, log });
  try {
    await verifyQueue(pool, queue);
    doorbell.open();
    const health = await serveHealth(settings.healthPort ?? 0, [postgresCheck(pool), temporalCheck(client)]);
    const starter = new Starter({ pool, client, queue, workerId: settings.workerId, log });
    await runStarterLoop({ starter, doorbell, pollIntervalMs: settings.pollIntervalMs, log, signal });
    await health.close();
  } finally {
    doorbell.close();
    await client.connection.close();
    await pool.end();
  }
}

await runProcess('starter', runNoOpStarter);
